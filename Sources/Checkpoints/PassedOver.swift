import Diagnostics
import Files

/// Something in the folders of a pool that is no ingredient of it, and why.
struct PassedOver: Codable, Sendable, Equatable {
    enum Reason: String, Codable, CaseIterable {
        /// A run without a checkpoint of its own, but with some in folders of its.
        case deeper
        /// A run with weights of another framework alone, or such a file.
        case foreign
        /// A run that is described and has no weights.
        case noWeights
        /// A soup that this program wrote.
        case soup
        /// Another model in the folder of one.
        case aside
        /// A folder with checkpoints in it beside files of checkpoints.
        case folder
        /// A file that its name does not tell to be a checkpoint, and may be one.
        case unusual
        /// States of optimizers and the like.
        case state
    }

    let reason: Reason
    /// The folder of the pool, without a slash at its end.
    let folder: String
    /// Its path from there, by which ranks know it.
    let name: String
    /// What else there is to say: what lies deeper, what is read instead.
    var detail = ""

    /// The last of what lies deeper.
    var deepest: Substring { detail.split(separator: ",").last?.drop { $0 == " " } ?? "" }

    /// The run that it lies in, or itself.
    var run: String { String(name.prefix { $0 != "/" }) }
}

extension [PassedOver] {
    /// A line for every folder and reason.
    var doubts: [Doubt] {
        var doubts: [Doubt] = []
        for reason in PassedOver.Reason.allCases {
            let all = filter { $0.reason == reason }
            let folders = Set(all.map(\.folder)).sorted(by: PathPatterns.naturallyPrecedes)
            for folder in folders {
                let these = all.filter { $0.folder == folder }
                    .sorted { PathPatterns.naturallyPrecedes($0.name, $1.name) }
                doubts.append(Doubt(.warning, "\(folder): \(reason.text(these))"))
            }
        }
        return doubts
    }
}

extension PassedOver.Reason {
    fileprivate func text(_ these: [PassedOver]) -> String {
        let names = these.map(\.name)
        let detailed = these.map { "\($0.name) (\($0.detail))" }.abridgedList
        let folder = these[0].folder
        switch self {
        case .deeper:
            return
                "passed over, for no checkpoint lies there itself, but deeper: \(detailed); take one by its own "
                + "name, as \(folder)/\(names.first ?? "")/\(these[0].deepest)"
        case .foreign:
            return "passed over, for only PyTorch's and safetensors' weights are read: \(detailed)"
        case .noWeights:
            return
                "passed over, for config.json lies there and no weights (a run that failed?): \(names.abridgedList)"
        case .soup:
            return
                "passed over, for mehlsoup wrote it as a soup: \(names.abridgedList); named by itself it is taken"
        case .aside:
            return
                "other weights lie beside those that are read (of an earlier save?): \(detailed); take away what "
                + "is stale, or name the file that is meant"
        case .folder:
            return
                "passed over, for files of checkpoints in a folder go before folders in it: \(names.abridgedList)"
        case .unusual:
            return
                "passed over, for their names do not end as a checkpoint's: \(names.abridgedList); take them by name or a glob"
        case .state:
            let counts = Dictionary(grouping: these) { Files.name(of: $0.name) }.mapValues(\.count)
            let kinds = counts.sorted { PathPatterns.naturallyPrecedes($0.key, $1.key) }
                .map { $0.value == 1 ? $0.key : "\($0.key) (\($0.value) times)" }
            return "passed over, for no model's weights are in them: \(kinds.abridgedList)"
        }
    }
}

extension [String] {
    /// The first few of many: "a, b, c, d and 12 more".
    package var abridgedList: String {
        let most = 4
        return count <= most + 1
            ? joined(separator: ", ") : prefix(most).joined(separator: ", ") + " and \(count - most) more"
    }
}
