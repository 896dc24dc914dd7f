extension DescriptionFields {
    /// Throws where a value that the description states is not that of the tensors.
    func agree<Value: Equatable>(_ name: String, _ stated: Value?, _ found: Value) throws(ModelError) {
        guard let stated, stated != found else { return }
        throw wrong(name, "\(found) as the tensors have")
    }

    /// A number that is added to a variance; the kernels take it as float32.
    func epsilon(_ name: String) throws(ModelError) -> Double? {
        guard let epsilon = try number(name) else { return nil }
        guard epsilon > 0, Float(epsilon).isNormal else { throw wrong(name, "a positive number") }
        return epsilon
    }

    /// The number of attention heads.
    func heads(_ name: String, of embedding: Int, otherwise usual: Int?) throws(ModelError) -> Int {
        guard let heads = try integer(name) ?? usual else {
            throw missing(name, "the number of attention heads, which no tensor's shape tells")
        }
        guard heads > 0, embedding % heads == 0 else {
            throw ModelError(
                file: path,
                subject: prefix + name,
                expected: "a divisor of \(embedding)",
                found: "\(heads)"
            )
        }
        return heads
    }

    /// The mean or deviation of each channel that the training images were normalised by, for pixels from 0 to 1.
    func perChannel(_ name: String, _ channels: Int) throws(ModelError) -> [Float] {
        let values = try numbers(name)
        guard let values, values.count == channels else {
            throw ModelError(
                file: path,
                subject: prefix + name,
                expected:
                    "\(channels) numbers, one for each channel that the training images were normalised by",
                found: values.map { "\($0)" } ?? "nothing"
            )
        }
        return values
    }

    /// Throws where pixels normalised by these would not be numbers.
    func checkNormalisation(_ mean: [Float], _ std: [Float], _ name: String) throws(ModelError) {
        // Neither black nor white may become infinite, nor the product with a subnormal number's inverse.
        guard zip(mean, std).allSatisfy({ $1 > 0 && $1.isNormal && ((1 + $0.magnitude) / $1).isFinite })
        else {
            throw ModelError(
                file: path,
                subject: prefix + name,
                expected: "positive numbers, none so small that pixels normalised by them overflow",
                found: "\(std)"
            )
        }
    }
}
