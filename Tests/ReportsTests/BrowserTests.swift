import Foundation
import Reports
import TestSupport
import Testing

/// The page as a reader sees it, in Chromium.
@Suite(.serialized)
struct BrowserTests {
    @Test("nothing to complain of, nothing cut off, on phone and desktop, by day and by night, on paper")
    func looks() throws {
        let written = try Written(SamplePage.make())
        let browser = try Browser()
        let screens: [(String, Browser.Screen)] = [
            ("phone-light", .phone), ("phone-dark", .phone.dark), ("desktop-light", .desktop),
            ("desktop-dark", .desktop.dark),
        ]
        for (name, screen) in screens {
            #expect(try browser.open(written.path, on: screen) == [], "\(name)")
            #expect(try browser.overflow(on: screen) == [], "\(name)")
            let colour = try browser.evaluate("getComputedStyle(document.body).backgroundColor")
            #expect(colour == (screen.isDark ? "rgb(20, 23, 27)" : "rgb(247, 247, 245)"), "\(name)")
            let picture = try browser.screenshot()
            #expect(picture.count > 100_000, "\(name): nothing much to see")
            try keep(picture, "\(name).png")
        }
        let paper = try browser.printed()
        #expect(paper.starts(with: Data("%PDF-".utf8)))
        try keep(paper, "print.pdf")
    }

    @Test("long names, one group, 72 ingredients and nothing at all stay within a phone")
    func extremes() throws {
        let browser = try Browser()
        let long = String(repeating: "a_rather_long_name_", count: 12)
        let pages = [
            ReportPage(title: "Nothing"),
            SamplePage.make(ingredients: 2, groups: 1, steps: 1),
            SamplePage.make(ingredients: 72, groups: 150, steps: 3),
            ReportPage(
                title: long,
                lede: [long],
                findings: [Finding(.warning, long)],
                systems: [SystemRow(name: long, label: long, heldOut: Score(accuracy: 1, samples: 1))],
                reference: long,
                mixture: MixturePicture(ingredients: [long], systems: [long], effective: [.nan]),
                runs: [
                    RunSection(name: long, lede: long, phaseSeconds: [Share(long, .infinity), Share("b", 1)])
                ],
                facts: [Fact(long, long)]
            ),
        ]
        for page in pages {
            let written = try Written(page)
            let complaints = try browser.open(written.path, on: .phone)
            #expect(complaints == [], "\(page.title)")
            let overflow = try browser.overflow(on: .phone)
            #expect(overflow == [], "\(page.title): \(overflow.prefix(5))")
        }
    }

    @Test("the numbers on the page are the numbers that went in")
    func numbers() throws {
        let page = SamplePage.make()
        let browser = try Browser()
        let written = try Written(page)
        _ = try browser.open(written.path)
        let found = try browser.dataValues()
        let expected = ExpectedNumbers(page).all
        #expect(found.count == expected.count)
        for (found, expected) in zip(found, expected) {
            let text = found["text"] ?? ""
            #expect(found["value"].flatMap(Double.init) == expected.value, "\(expected.attributes)")
            #expect(found.filter { !["value", "text"].contains($0.key) } == expected.attributes)
            #expect(text.hasPrefix(expected.text), "\(expected.attributes): \(text)")
        }
    }

    @Test("frames that scroll can be reached and scrolled with the keyboard, and keep the names in view")
    func keyboard() throws {
        let browser = try Browser()
        let written = try Written(SamplePage.make())
        _ = try browser.open(written.path, on: .phone)
        let first = try browser.evaluate("document.querySelector('a, [tabindex]').getAttribute('href')")
        #expect(first == "#content")
        let unreachable = try browser.evaluate(
            """
            [...document.querySelectorAll('*')].filter(e => /auto|scroll/.test(getComputedStyle(e).overflowX)
                && e.scrollWidth > e.clientWidth && !(e.tabIndex === 0 && e.getAttribute('aria-label'))).length
            """
        )
        #expect(unreachable == "0")
        let moved = try browser.evaluate(
            """
            (() => {
                const frame = document.querySelector('#run-1 .heat'), names = frame.querySelector('.names');
                const before = names.getBoundingClientRect().left;
                frame.focus(); frame.scrollLeft = 300;
                return `${document.activeElement === frame} ${frame.scrollLeft} `
                    + `${names.getBoundingClientRect().left - before}`;
            })()
            """
        )
        #expect(moved == "true 300 0")
    }

    private func keep(_ data: Data, _ name: String) throws {
        guard let folder = ProcessInfo.processInfo.environment["MEHLSOUP_SCREENSHOTS"] else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try data.write(to: URL(fileURLWithPath: "\(folder)/report-\(name)"))
    }
}

/// A page in a file, as long as this object lives.
final class Written {
    private let folder: TemporaryFolder
    let path: String

    init(_ page: ReportPage) throws {
        folder = try TemporaryFolder()
        path = try folder.write([UInt8](page.html().utf8), "report.html")
    }
}
