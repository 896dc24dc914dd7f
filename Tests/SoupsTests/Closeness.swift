/// |a − b| ≤ atol + rtol·|b|, element by element, with equal counts.
func isClose(_ found: [Double], _ expected: [Double], rtol: Double = 0, atol: Double = 0) -> Bool {
    found.count == expected.count
        && zip(found, expected).allSatisfy { abs($0 - $1) <= atol + rtol * abs($1) }
}
