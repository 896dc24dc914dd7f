import PoolSupport
import Tensors
import Testing

@testable import Sharding

/// Who sends the weights that other ranks cannot read.
@Suite struct WeightSendersTests {
    @Test func loadsAreSpreadOverThoseWhoCanRead() {
        let layout = ParameterLayout([("a", [40, 4096], "a")])
        let shares = ParameterShares(layout, ranks: 4)
        let file = FileIdentities.some
        // Ranks 0 and 1 have all eight ingredients, 2 and 3 none.
        let copies = InputCopies(
            hosts: ["a", "a", "b", "b"],
            ingredients: Array(repeating: [[file], [file], nil, nil], count: 8),
            datasets: []
        )
        let senders = WeightSenders(copies, shares).senders
        for receiver in 2...3 { #expect(senders.allSatisfy { $0[receiver] != nil }) }
        let all = senders.flatMap { $0 }.compactMap { $0 }
        #expect(all.filter { $0 == 0 }.count == 8 && all.filter { $0 == 1 }.count == 8)
    }
}
