import Foundation
import TestSupport
import Testing

/// A test that looks through the browser is worth what the browser tells.
@Suite(.serialized)
struct BrowserHelperTests {
    private func complaints(_ body: String, on screen: Browser.Screen = .phone) throws -> ([String], [String])
    {
        let folder = try TemporaryFolder()
        let text = """
            <!DOCTYPE html><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1"><title>x</title>\(body)
            """
        let path = try folder.write([UInt8](text.utf8), "page.html")
        let browser = try Browser()
        return (try browser.open(path, on: screen), try browser.overflow(on: screen))
    }

    @Test("a sound page gives no complaint")
    func sound() throws {
        let (complaints, overflow) = try complaints(
            "<p>Hello</p><div style='overflow-x: auto'><p style='width: 900px'>wide</p></div>"
        )
        #expect(complaints == [])
        #expect(overflow == [])
    }

    @Test("messages, exceptions, files from elsewhere and what is too wide are told")
    func unsound() throws {
        let (complaints, overflow) = try complaints(
            """
            <script>console.error("broken"); undefinedFunction()</script>
            <img src="missing.png" alt=""><p style="width: 700px; margin: 0">too wide</p>
            """
        )
        #expect(complaints.contains { $0.hasPrefix("console:") && $0.contains("broken") })
        #expect(complaints.contains { $0.hasPrefix("exception:") && $0.contains("undefinedFunction") })
        #expect(complaints.contains { $0.hasPrefix("asks for ") && $0.hasSuffix("missing.png") })
        #expect(overflow.contains { $0.contains("too wide") })
        #expect(overflow.contains { $0.hasPrefix("the page: 700") || $0.hasPrefix("the page: 708") })
    }

    @Test("the screen is as asked")
    func screen() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            [UInt8]("<!DOCTYPE html><meta name='viewport' content='width=device-width'>".utf8),
            "a.html"
        )
        let browser = try Browser()
        for screen in [Browser.Screen.phone, .phone.dark, .desktop, .desktop.dark] {
            _ = try browser.open(path, on: screen)
            let seen = try browser.evaluate(
                "innerWidth + ' ' + matchMedia('(prefers-color-scheme: dark)').matches"
            )
            #expect(seen == "\(screen.width) \(screen.isDark)")
        }
    }

    @Test("where there is no Chromium, the error says how to get it")
    func missing() {
        let error = #expect(throws: BrowserError.self) { try Browser(searchPath: "/nonexistent") }
        #expect(error?.description.contains("apt-get install --no-install-recommends chromium") == true)
    }
}
