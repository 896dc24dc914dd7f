/// Which coefficient blocks a run goes through.
///
/// A sampler is a pure function of its settings and of the place in the run, so that a run can be taken up anywhere.
package protocol CoefficientSampler: Sendable {
    var blocksPerOuterEpoch: Int { get }
    /// The coefficient block at `index` < `blocksPerOuterEpoch`.
    func block(outerEpoch: Int, index: Int) -> CoefficientBlock
}
