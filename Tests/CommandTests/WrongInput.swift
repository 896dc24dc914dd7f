import Foundation
import Testing

/// A command that must be refused, and words that its one line must hold.
struct WrongInput: Sendable, CustomTestStringConvertible {
    let name: String
    let words: [String]
    let isFoundLate: Bool
    let arguments: @Sendable (Scratch) throws -> [String]

    /// * `isFoundLate`: whether the run has begun when it is found, so that a warning may have been printed
    /// * `arguments`: breaks what is to be broken and gives the command line
    init(
        _ name: String,
        _ words: [String],
        isFoundLate: Bool = false,
        arguments: @escaping @Sendable (Scratch) throws -> [String]
    ) {
        self.name = name
        self.words = words
        self.arguments = arguments
        self.isFoundLate = isFoundLate
    }

    var testDescription: String { name }

    /// Runs it and expects status 2, one line that tells, and nothing written anywhere.
    ///
    /// * `ranks`: nil to run it without mpirun
    func expectRefusal(ranks: Int? = nil) throws {
        let scratch = try Scratch()
        let arguments = try arguments(scratch)
        let before = try scratch.contents()
        // Kernels that a warning would tell of, were the input sound: here it must not.
        var environment: [String: String?] = ["OPENBLAS_CORETYPE": "Haswell"]
        var launcher: [String] = []
        if let ranks {
            launcher = MPI.launcher(ranks)
            environment.merge(MPI.environment) { $1 }
        }
        let run = try Program.run(arguments, environment: environment, launcher: launcher, limit: 60)
        #expect(run.status == 2, "\(run.output)\(run.errors)")
        #expect(run.output.isEmpty, "\(run.output)")
        let lines = run.errors.split(separator: "\n").filter {
            !(isFoundLate && $0.hasPrefix("mehlsoup: warning: OpenBLAS"))
        }
        let own = lines.filter { $0.hasPrefix("mehlsoup: ") }
        #expect(own.count == 1, "\(run.errors)")
        if ranks == nil { #expect(lines.count == 1, "\(run.errors)") }
        for word in words { #expect(own.first?.contains(word) == true, "expected \(word) in: \(run.errors)") }
        #expect(try scratch.contents() == before)
    }
}

/// How tests start mpirun.
enum MPI {
    static func launcher(_ ranks: Int) -> [String] {
        ["mpirun", "-n", "\(ranks)", "--oversubscribe", "--bind-to", "none"]
    }

    static let environment: [String: String?] = [
        "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_pml": "ob1", "OMPI_MCA_btl": "self,vader,tcp",
    ]
}
