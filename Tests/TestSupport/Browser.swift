import Foundation

/// Chromium without a window, to look at a page as a reader does.
///
/// It is driven over its debugging pipe (the Chrome DevTools Protocol), so that one start serves many looks and
/// nothing that the page says or asks for is missed. One test uses one browser; it ends with the object.
package final class Browser {
    /// What a reader's machine is like.
    package struct Screen: Sendable {
        package var width: Int
        package var isDark: Bool
        package var isPhone: Bool

        package init(width: Int, isDark: Bool = false, isPhone: Bool = false) {
            self.width = width
            self.isDark = isDark
            self.isPhone = isPhone
        }

        package static let phone = Screen(width: 390, isPhone: true)
        package static let desktop = Screen(width: 1280)

        package var dark: Screen { Screen(width: width, isDark: true, isPhone: isPhone) }
    }

    private let pipe: BrowserPipe
    private let session: String

    /// Starts it; throws with the way to install it where there is none.
    package init(searchPath: String = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin") throws {
        pipe = try BrowserPipe(searchPath: searchPath)
        let target = try pipe.call("Target.createTarget", ["url": "about:blank"])
        let attached = try pipe.call(
            "Target.attachToTarget",
            ["targetId": target["targetId"] ?? "", "flatten": true]
        )
        session = attached["sessionId"] as? String ?? ""
        for domain in ["Page", "Runtime", "Log", "Network"] { try call("\(domain).enable") }
    }

    /// Opens a file.
    ///
    /// - Returns: what went wrong, one line each: messages on the console, exceptions, anything that the page asked
    ///   for beside itself.
    package func open(_ path: String, on screen: Screen = .desktop) throws -> [String] {
        try call(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": screen.width, "height": screen.isPhone ? 844 : 900,
                // At a phone's own factor of 2 or 3, a picture of a long page is more than a busy machine draws in time.
                "deviceScaleFactor": 1, "mobile": screen.isPhone,
            ]
        )
        try call(
            "Emulation.setEmulatedMedia",
            ["features": [["name": "prefers-color-scheme", "value": screen.isDark ? "dark" : "light"]]]
        )
        pipe.events.removeAll()
        let page = URL(fileURLWithPath: path).absoluteString
        let answer = try call("Page.navigate", ["url": page])
        if let error = answer["errorText"] as? String { throw BrowserError("\(path): \(error)") }
        try pipe.wait(for: "Page.loadEventFired")
        // Two frames later everything has its place.
        _ = try evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(''))))"
        )
        return pipe.events.compactMap { complaint($0, page) }
    }

    /// The text that an expression comes to in the open page; promises are waited for.
    package func evaluate(_ expression: String) throws -> String {
        let answer = try call(
            "Runtime.evaluate",
            ["expression": expression, "returnByValue": true, "awaitPromise": true]
        )
        if let exception = answer["exceptionDetails"] { throw BrowserError("\(expression): \(exception)") }
        let result = answer["result"] as? [String: Any]
        return result?["value"].map { "\($0)" } ?? ""
    }

    /// Of every element with a `data-value`: its data attributes by their names without "data-", and its "text".
    package func dataValues() throws -> [[String: String]] {
        let text = try evaluate(
            """
            JSON.stringify([...document.querySelectorAll('[data-value]')].map(element => Object.fromEntries(
                [...element.attributes].filter(a => a.name.startsWith('data-')).map(a => [a.name.slice(5), a.value])
                    .concat([['text', element.textContent]]))))
            """
        )
        return try JSONDecoder().decode([[String: String]].self, from: Data(text.utf8))
    }

    /// What reaches beyond the page's right edge, one line each, except inside frames that scroll by themselves.
    package func overflow(on screen: Screen) throws -> [String] {
        let text = try evaluate(
            """
            (() => {
                const width = \(screen.width), found = [];
                const scrolls = element => {
                    for (let up = element; up && up !== document.body; up = up.parentElement)
                        if (/auto|scroll|hidden/.test(getComputedStyle(up).overflowX)) return true;
                    return false;
                };
                if (document.documentElement.scrollWidth > width || innerWidth > width)
                    found.push(`the page: ${Math.max(document.documentElement.scrollWidth, innerWidth)} wide`);
                for (const element of document.body.querySelectorAll('*')) {
                    const box = element.getBoundingClientRect();
                    if (box.width > 0 && box.right > width + 0.5 && !scrolls(element))
                        found.push(`${element.tagName} ${element.className.baseVal ?? element.className}: ends at `
                            + `${box.right}, "${element.textContent.slice(0, 40)}"`);
                }
                return JSON.stringify(found);
            })()
            """
        )
        return try JSONDecoder().decode([String].self, from: Data(text.utf8))
    }

    /// The whole page as a PNG.
    package func screenshot() throws -> Data {
        let size = try evaluate(
            "document.documentElement.scrollWidth + ' ' + document.documentElement.scrollHeight"
        )
        let numbers = size.split(separator: " ").compactMap { Int($0) }
        guard numbers.count == 2 else { throw BrowserError("expected the page's size, found \(size)") }
        return try data(
            "Page.captureScreenshot",
            [
                "captureBeyondViewport": true,
                "clip": ["x": 0, "y": 0, "width": numbers[0], "height": numbers[1], "scale": 1],
            ]
        )
    }

    /// The page on A4 paper, as a PDF.
    package func printed() throws -> Data {
        try data("Page.printToPDF", ["paperWidth": 8.27, "paperHeight": 11.69, "printBackground": false])
    }

    private func data(_ method: String, _ parameters: [String: Any]) throws -> Data {
        let text = try call(method, parameters)["data"] as? String ?? ""
        guard let data = Data(base64Encoded: text), !data.isEmpty else {
            throw BrowserError("\(method): expected a file, found nothing")
        }
        return data
    }

    @discardableResult
    private func call(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
        try pipe.call(method, parameters, session: session)
    }

    private func complaint(_ event: BrowserPipe.Event, _ page: String) -> String? {
        let parameters = event.parameters
        switch event.method {
        case "Runtime.consoleAPICalled": return "console: \(parameters["args"] ?? "")"
        case "Runtime.exceptionThrown": return "exception: \(parameters["exceptionDetails"] ?? "")"
        case "Log.entryAdded":
            let entry = parameters["entry"] as? [String: Any] ?? [:]
            return "log: \(entry["level"] ?? "") \(entry["text"] ?? "") \(entry["url"] ?? "")"
        case "Network.requestWillBeSent":
            let url = (parameters["request"] as? [String: Any])?["url"] as? String ?? ""
            return url == page ? nil : "asks for \(url)"
        default: return nil
        }
    }
}

package struct BrowserError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
