extension Sequence where Element == Int {
    /// The product of sizes, or more than any memory holds where it is more than can be told: files claim what they like.
    package var elementCount: Int {
        reduce(1) { product, size in
            let (count, overflow) = product.multipliedReportingOverflow(by: size)
            return overflow ? .max : count
        }
    }
}
