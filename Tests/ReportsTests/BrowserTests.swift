import Foundation
import Reports
import TestSupport
import Testing

/// The page as a reader sees it, in Chromium.
@Suite(.serialized)
struct BrowserTests {
    private static let screens: [(String, Browser.Screen)] = [
        ("phone-light", .phone), ("phone-dark", .phone.dark), ("desktop-light", .desktop),
        ("desktop-dark", .desktop.dark),
    ]

    /// Writes the page; the folder must be kept as long as it is looked at.
    private func written(_ page: ReportPage) throws -> (folder: TemporaryFolder, path: String) {
        let folder = try TemporaryFolder()
        return (folder, try folder.write([UInt8](page.html().utf8), "report.html"))
    }

    @Test("nothing to complain of, nothing cut off, on phone and desktop, by day and by night")
    func looks() throws {
        let (folder, path) = try written(SamplePage.make())
        let browser = try Browser()
        for (name, screen) in Self.screens {
            let complaints = try browser.open(path, on: screen)
            #expect(complaints.isEmpty, "\(name)")
            let overflow = try browser.overflow(on: screen)
            #expect(overflow.isEmpty, "\(name)")
            try keep(try browser.screenshot(), "\(name).png")
        }
        let paper = try browser.printed()
        #expect(paper.starts(with: Data("%PDF-".utf8)))
        try keep(paper, "print.pdf")
        _ = folder
    }

    private func keep(_ data: Data, _ name: String) throws {
        guard let folder = ProcessInfo.processInfo.environment["MEHLSOUP_SCREENSHOTS"] else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try data.write(to: URL(fileURLWithPath: "\(folder)/report-\(name)"))
    }
}
