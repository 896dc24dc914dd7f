import PoolSupport
import Sharding
import Testing

@testable import Coordination

/// Copies of inputs against each other, by digests that several ranks make.
@Suite struct DigestPlanTests {
    /// What the digests find where the first look does not.
    @Test func copiesWhoseDigestsDiffer() throws {
        let inputs = try PoolFixture().inputs(nil, data: [])
        let some = FileIdentities.make(1)
        let other = FileIdentities.make(2)
        let copies = InputCopies(
            hosts: ["a", "b", "c", "d"],
            ingredients: (0..<6).map { [[some], nil, [some], [$0 == 4 ? other : some]] },
            datasets: []
        )
        let plan = DigestPlan(copies, byteCounts: Array(repeating: 10, count: 6))
        #expect(
            copies.areMany && copies.copies(of: 4) == [[0, 2], [3]] && copies.copies(of: 0) == [[0, 2, 3]]
        )
        // Each copy once: seven in all, spread over the three ranks that can read.
        #expect(plan.tasks.map(\.count).sorted() == [0, 2, 2, 3])
        #expect(plan.tasks[3].contains(.ingredient(4, copy: 1)))
        func reports(_ digest: (DigestPlan.Task) -> String) -> [[String]] {
            plan.tasks.map { $0.map(digest) }
        }
        let alike = try InputDigests(
            plan,
            reports { task in
                guard case .ingredient(let index, _) = task else { return "" }
                return "digest \(index)"
            },
            inputs,
            copies
        )
        #expect(alike.ingredients == (0..<6).map { "digest \($0)" })
        let error = #expect(throws: CopyError.self) {
            try InputDigests(
                plan,
                reports { $0 == .ingredient(4, copy: 1) ? "0123456789abcdef" : "fedcba9876543210" },
                inputs,
                copies
            )
        }
        #expect(
            error?.description.hasSuffix(
                "model_04.safetensors: expected the same contents on every host, found SHA-256 fedcba987654… on a (rank 0) "
                    + "and SHA-256 0123456789ab… on d (rank 3)"
            ) == true,
            "\(String(describing: error))"
        )
        #expect(throws: MessageError.self) { try InputDigests(plan, [[], [], [], []], inputs, copies) }
    }
}
