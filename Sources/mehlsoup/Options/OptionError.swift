import Diagnostics

/// An option of the command line or of a configuration file that makes no sense.
struct OptionError: InputError {
    let option: String
    let expected: String
    let found: String

    var description: String { "\(option): expected \(expected), found \(found)" }
}
