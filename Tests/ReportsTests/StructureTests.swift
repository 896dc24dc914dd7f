import Foundation
import Testing

@testable import Reports

#if canImport(FoundationXML)
import FoundationXML
#endif

/// The page as a parser of XML sees it: strict about what a browser would mend in silence.
struct StructureTests {
    private static let pages: [(String, ReportPage)] = [
        ("nothing", ReportPage(title: "Nothing")),
        ("the sample", SamplePage.make()),
        ("two ingredients", SamplePage.make(ingredients: 2, groups: 1, steps: 1)),
        ("72 ingredients", SamplePage.make(ingredients: 72, groups: 150, steps: 30)),
        ("broken numbers", brokenNumbers),
        ("hostile names", hostile),
    ]

    private static let brokenNumbers = ReportPage(
        title: "NaN",
        systems: [
            SystemRow(
                name: "a",
                heldOut: Score(accuracy: .nan, standardDeviation: .infinity, loss: -.infinity, samples: 0),
                seconds: .nan,
                peakMiB: .infinity
            )
        ],
        reference: "a",
        runs: [
            RunSection(
                name: "a",
                coefficients: CoefficientPicture(
                    ingredients: ["x"],
                    groups: ["g", "h"],
                    groupParameters: [0, 0],
                    alpha: [.nan, 1e308],
                    distances: [.infinity, 0]
                ),
                curves: Curves(
                    steps: [.nan, 1e308, -1e308, .infinity].map {
                        Curves.Step(loss: $0, accuracy: $0, gradientNorm: $0, learningRate: $0)
                    },
                    monitor: [Curves.MonitorPoint(step: 99, loss: .nan, accuracy: .infinity)],
                    coefficientBlocks: [
                        Curves.CoefficientBlock(firstStep: -5, label: "x"),
                        Curves.CoefficientBlock(firstStep: 500, label: "y"),
                    ],
                    keptStep: -1
                ),
                phaseSeconds: [Share("p", .nan), Share("q", -1)],
                memoryMiB: [Share("m", 0)]
            )
        ]
    )

    private static let name = "<script>alert('\"&]]>\u{1}"
    private static let hostile = ReportPage(
        title: name,
        lede: [name],
        findings: [Finding(.note, name)],
        systems: [
            SystemRow(name: name, label: name, test: Score(accuracy: 0.5, interval: 0.4...0.6, samples: 9))
        ],
        reference: name,
        mixture: MixturePicture(
            ingredients: [name, name],
            accuracies: [1, 1],
            systems: [name],
            effective: [1, 0]
        ),
        runs: [
            RunSection(
                name: name,
                lede: name,
                coefficients: CoefficientPicture(
                    ingredients: [name],
                    groups: [name],
                    groupParameters: [1],
                    alpha: [1],
                    distances: [1]
                ),
                curves: Curves(
                    steps: [.init(loss: 1, accuracy: 1, gradientNorm: 1, learningRate: 1)],
                    coefficientBlocks: [.init(firstStep: 0, label: name), .init(firstStep: 0, label: name)]
                ),
                phaseSeconds: [Share(name, 1)],
                facts: [Fact(name, name)]
            )
        ],
        facts: [Fact(name, name)]
    )

    @Test("every page is well-formed, and says what its parts are", arguments: pages)
    func wellFormed(title: String, page: ReportPage) throws {
        let document = ParsedPage(page.html())
        #expect(document.error == nil)
        #expect(document.elements.first?.name == "html")
        let ids = document.elements.compactMap { $0.attributes["id"] }
        #expect(Set(ids).count == ids.count)
        for element in document.elements {
            let attributes = element.attributes
            switch element.name {
            case "svg" where !element.path.contains("svg"):
                // A picture has a name and a description, or only repeats what stands elsewhere.
                let labels = attributes["aria-labelledby"]?.split(separator: " ").map(String.init) ?? []
                #expect(
                    attributes["aria-hidden"] == "true" || (attributes["role"] == "img" && labels.count == 2)
                )
                for label in labels { #expect(ids.contains(label), "\(label)") }
            case "th": #expect(["col", "row"].contains(attributes["scope"]))
            case "table": #expect(element.path.contains("div"))
            case "a": #expect(attributes["href"].map { ids.contains(String($0.dropFirst())) } == true)
            case "script", "link", "img", "iframe", "object", "form": Issue.record("\(element.name)")
            default: break
            }
            #expect(attributes["src"] == nil)
            #expect(!attributes.keys.contains { $0.hasPrefix("on") })
        }
        let tables = document.elements.filter { $0.name == "table" }.count
        #expect(document.elements.filter { $0.name == "caption" }.count == tables)
        let links = document.elements.filter { $0.name == "a" }
        #expect(links.first?.attributes["href"] == "#content")
    }

    @Test("headings go down one level at a time", arguments: pages)
    func headings(title: String, page: ReportPage) {
        let levels = ParsedPage(page.html()).elements.compactMap { element in
            element.name.count == 2 && element.name.hasPrefix("h") ? Int(element.name.dropFirst()) : nil
        }
        #expect(levels.first == 1)
        #expect(levels.filter { $0 == 1 }.count == 1)
        for (level, next) in zip(levels, levels.dropFirst()) { #expect(next <= level + 1) }
    }

    @Test("a name full of markup arrives as the name that it is")
    func escaping() {
        let document = ParsedPage(Self.hostile.html())
        let shown = Self.name.replacingOccurrences(of: "\u{1}", with: "\u{FFFD}")
        let systems = document.elements.compactMap { $0.attributes["data-system"] }
        #expect(Set(systems) == [shown])
        #expect(document.elements.first { $0.name == "h1" }?.text == shown)
    }

    @Test("nothing is asked for beside the page itself", arguments: pages)
    func selfContained(title: String, page: ReportPage) {
        var text = page.html()
        text = text.replacingOccurrences(of: "xmlns=\"http://www.w3.org/1999/xhtml\"", with: "")
        for word in ["http:", "https:", "url(", "@import", "@font-face", "<script"] {
            #expect(!text.contains(word), "\(word)")
        }
    }

    @Test("100,000 steps and 72 ingredients × 150 groups stay below a megabyte")
    func size() {
        var page = SamplePage.make(steps: 100_000)
        #expect(page.html().utf8.count < 1_000_000)
        page = SamplePage.make(ingredients: 72, groups: 150)
        page.runs = Array(page.runs.prefix(1))
        #expect(page.html().utf8.count < 1_000_000, "\(page.html().utf8.count)")
    }

    @Test("columns without a value are left out; what is missing in one row is a dash")
    func columns() {
        let page = ReportPage(
            title: "x",
            systems: [SystemRow(name: "a", seconds: 3), SystemRow(name: "b", steps: 4)]
        )
        let headers = ParsedPage(page.html()).elements.filter { $0.attributes["scope"] == "col" }.map(\.text)
        #expect(headers == ["System", "Time", "Steps"])
        let cells = ParsedPage(page.html()).elements.filter { $0.name == "td" }.map(\.text)
        #expect(cells == ["3.00 s", "–", "–", "4"])
    }
}
