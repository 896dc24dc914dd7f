import Tensors
import Testing

@Suite struct ParameterGroupsTests {
    private let layout = ParameterLayout(
        [
            "cls_token", "blocks.0.attn.qkv.weight", "blocks.0.attn.qkv.bias", "blocks.10.attn.qkv.weight",
            "head.weight",
        ]
        .map { name in (name: name, shape: [2], layer: name.hasPrefix("blocks") ? "block" : "rest") }
    )

    @Test func groupsFollowTheGranularity() {
        #expect(ParameterGroups(layout, granularity: .tensor).ofParameter == [0, 1, 2, 3, 4])
        #expect(ParameterGroups(layout, granularity: .layer).names == ["rest", "block"])
        #expect(ParameterGroups(layout, granularity: .layer).ofParameter == [0, 1, 1, 1, 0])
        #expect(ParameterGroups(layout, granularity: .model).ofParameter == [0, 0, 0, 0, 0])
    }

    @Test func patternsMakeGroupsOfTheirOwn() {
        let patterns = GroupPatterns(include: [], exclude: [], groups: [NamePattern("blocks.*.attn.**")])
        let groups = ParameterGroups(layout, granularity: .tensor, patterns: patterns)
        #expect(groups.names == ["cls_token", "blocks.0.attn.**", "blocks.10.attn.**", "head.weight"])
        #expect(groups.ofParameter == [0, 1, 1, 2, 3])
        #expect(groups.unmixed == nil)
    }

    @Test func whatIsNotMixedIsOneGroup() {
        let patterns = GroupPatterns(
            include: [NamePattern("blocks.**"), NamePattern("head.*")],
            exclude: [NamePattern("**.bias")],
            groups: []
        )
        let groups = ParameterGroups(layout, granularity: .model, patterns: patterns)
        #expect(groups.unmixed == 0)
        #expect(groups.ofParameter == [0, 1, 0, 1, 1])
    }

    @Test func groupsComeBackFromTheirMembers() {
        let groups = ParameterGroups(layout, granularity: .layer)
        let members = groups.members(of: layout)
        #expect(members == [["cls_token", "head.weight"], Array(layout.parameters.map(\.name)[1...3])])
        #expect(ParameterGroups(layout, names: groups.names, members: members) == groups)
        #expect(ParameterGroups(layout, names: ["rest", "rest"], members: members) == nil)
        #expect(ParameterGroups(layout, names: groups.names, members: [members[0], []]) == nil)
        #expect(
            ParameterGroups(layout, names: groups.names, members: [members[0], members[1] + ["x"]]) == nil
        )
        #expect(ParameterGroups(layout, names: groups.names, members: [members[0], members[0]]) == nil)
    }

    @Test(
        arguments: [
            ("a.b", "a.b", []), ("a.*", "a.b", ["b"]), ("*.*", "a.b", ["a", "b"]), ("a*c", "abc", ["b"]),
            ("a*c", "ac", [""]), ("**", "a.b.c", []), ("a.**.*", "a.b.c.d", ["d"]), ("?.b", "a.b", []),
            ("*", "", [""]), ("x*y*z", "xyyz", ["", "y"]),
        ] as [(String, String, [String])]
    )
    func patternsMatch(_ pattern: String, _ name: String, _ captures: [String]) {
        #expect(NamePattern(pattern).captures(name) == captures)
    }

    @Test(arguments: [("a.b", "a.c"), ("a.*", "a.b.c"), ("*", "a.b"), ("?", "."), ("a", "ab"), ("", "a")])
    func patternsDoNotMatch(_ pattern: String, _ name: String) {
        #expect(!NamePattern(pattern).matches(name))
    }

    /// Naive matching would try about 30²⁰ ways.
    @Test func manyStarsTakeNoTime() {
        let pattern = NamePattern(String(repeating: "*a", count: 20) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 600)))
    }
}
