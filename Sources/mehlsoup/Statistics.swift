import Foundation
import Runs

/// Numbers as people read them.
enum Statistics {
    /// An accuracy in percent with its 95% interval (Wilson 1927), as "89.12% (88.49–89.72)".
    static func interval(_ share: Double, count: Int) -> String {
        let bounds = wilsonInterval(share, count: count)
        return
            "\(fixed(100 * share, 2))% (\(fixed(100 * bounds.lowerBound, 2))–\(fixed(100 * bounds.upperBound, 2)))"
    }
}

func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
