import Archives

extension ExportedProgram {
    /// The numbers of tensors that lie in the archive and are no parameters: tables of positions, masks.
    ///
    /// What is not there, or of a kind that is not read, is left out: who needs it says so.
    ///
    /// * `wanted`: names in the state dict, or in the list of constants
    static func constants(_ wanted: Set<String>, in archive: ZipArchive) throws -> [String: ConstantArray] {
        var found: [String: ConstantArray] = [:]
        for folder in StoredPayload.Folder.allCases {
            for (tensor, payload) in try StoredPayload.all(wanted, folder, in: archive)
            where found[tensor] == nil {
                found[tensor] = payload.array(try archive.contents(of: payload.member, most: mostBytes))
            }
        }
        return found
    }
}
