import Testing

@testable import Reports

struct MarkupTests {
    @Test("text is escaped, markup and literals are not")
    func escaping() {
        let name = "<b a=\"1\">'x' & y</b>"
        let inner: Markup = "<i>\(name)</i>"
        #expect(inner.text == "<i>&lt;b a=&quot;1&quot;&gt;&#39;x&#39; &amp; y&lt;/b&gt;</i>")
        let outer: Markup = "<p>\(inner)\(3)\(0.1)</p>"
        #expect(outer.text == "<p>\(inner.text)30.1</p>")
    }

    @Test("what XML forbids and what turns the writing round is replaced; line ends become spaces")
    func forbidden() {
        let text: Markup = "\("a\u{0}b\u{1B}c\u{FFFF}d\u{202E}e\nf\tgé😀ü")"
        #expect(text.text == "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}e f gé😀ü")
    }

    @Test("numbers as people read them")
    func numbers() {
        #expect(Numbers.percent(0.894249) == "89.42%")
        #expect(Numbers.percent(.nan) == "not a number")
        #expect(Numbers.signed(0.0564) == "+0.056")
        #expect(Numbers.signed(-0.0564) == "−0.056")
        #expect(Numbers.signed(-0.0001) == "0.000")
        #expect(Numbers.short(0.000012345) == "1.234e−05" || Numbers.short(0.000012345) == "1.235e−05")
        #expect(Numbers.count(26_000) == "26,000")
        #expect(Numbers.count(-1_234_567) == "−1,234,567")
        #expect(Numbers.count(999) == "999")
        #expect(Numbers.fixed(-1234.56, 1) == "−1,234.6")
        #expect(Numbers.mebibytes(1024) == "1,024 MiB")
        #expect(Numbers.mebibytes(7.03) == "7.0 MiB")
    }

    @Test(
        "times",
        arguments: [
            (0.0, "0 ms"), (0.0421, "42.1 ms"), (1.5, "1.50 s"), (12.34, "12.3 s"), (119.94, "119.9 s"),
            (119.96, "2 min 00 s"), (142, "2 min 22 s"), (7199.6, "2 h 00 min"), (7260, "2 h 01 min"),
            (.infinity, "∞"), (1e300, "1e+300 s"),
        ]
    )
    func times(seconds: Double, text: String) { #expect(Numbers.duration(seconds) == text) }

    @Test("long names keep both ends, and lose an ending that all share")
    func names() {
        #expect("abcdefghij".elided(to: 5) == "ab…ij")
        #expect("abcde".elided(to: 5) == "abcde")
        #expect("abc".elided(to: 1) == "a")
        #expect(["a.pt", "b.pt"].withoutCommonExtension == ["a", "b"])
        #expect(["a.pt", "b.safetensors"].withoutCommonExtension == ["a.pt", "b.safetensors"])
        #expect([".pt", "b.pt"].withoutCommonExtension == [".pt", "b.pt"])
        #expect(["a.pt"].withoutCommonExtension == ["a.pt"])
        #expect([String]().withoutCommonExtension == [])
    }
}
