/// Something that the person who ran the command can mend: the command line, a file or the data is wrong.
///
/// Its description is ONE line that names the file, tensor or option, what was expected and what was found.
/// The command prints it and exits with status 2; every other error ends with status 1.
package protocol InputError: Error, CustomStringConvertible, Sendable {}
