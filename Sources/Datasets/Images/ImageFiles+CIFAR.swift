import Files
import Foundation

/// The binary versions of CIFAR-10 and CIFAR-100.
///
/// Each image is its label (of CIFAR-100 the coarse one, then the fine one, which counts), a byte each, then 32×32 red,
/// green and blue numbers. Source: https://www.cs.toronto.edu/~kriz/cifar.html.
extension ImageFiles {
    private struct Form {
        let kind: String
        let labelBytes: Int
        let classes: Int
        let train: [String]
        let test: [String]
        let names: String
    }

    private static let forms = [
        Form(
            kind: "CIFAR-10",
            labelBytes: 1,
            classes: 10,
            train: (1...5).map { "data_batch_\($0).bin" },
            test: ["test_batch.bin"],
            names: "batches.meta.txt"
        ),
        Form(
            kind: "CIFAR-100",
            labelBytes: 2,
            classes: 100,
            train: ["train.bin"],
            test: ["test.bin"],
            names: "fine_label_names.txt"
        ),
    ]

    static func isCIFAR(_ folder: String) -> Bool { form(folder) != nil }

    /// Throws where a folder holds another version of CIFAR than the binary one, as torchvision and Kaggle have it.
    static func refuseOtherCIFAR(_ folder: String) throws(DatasetError) {
        func has(_ names: String...) -> Bool {
            names.allSatisfy { name in
                var isFolder: ObjCBool = false
                return FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
                    && !isFolder.boolValue
            }
        }
        let isPython = has("data_batch_1") || has("test_batch") || has("train", "test", "meta")
        guard !isCIFAR(folder), isPython || has("data_batch_1.mat") || has("train.mat", "test.mat") else {
            return
        }
        throw DatasetError(
            folder,
            expected: "CIFAR's binary version (cifar-10-binary.tar.gz or cifar-100-binary.tar.gz, unpacked)",
            found: isPython ? "its Python version, of pickles" : "its Matlab version"
        )
    }

    private static func form(_ folder: String) -> Form? {
        forms.first { form in
            (form.train + form.test).contains { FileManager.default.fileExists(atPath: "\(folder)/\($0)") }
        }
    }

    static func cifar(_ folder: String, _ part: DatasetReference.Part) throws -> ImageFiles {
        guard let form = form(folder) else {
            throw DatasetError(folder, expected: "CIFAR's binary files", found: "none")
        }
        let record = form.labelBytes + 3 * planeSide * planeSide
        var files: [MappedFile] = []
        var places: [Place] = []
        var labels: [Int32] = []
        for name in part == .train ? form.train : form.test {
            let file = try MappedFile("\(folder)/\(name)")
            guard !file.bytes.isEmpty, file.bytes.count.isMultiple(of: record) else {
                throw DatasetError(
                    file.path,
                    expected: "images of \(record) bytes each (\(form.kind))",
                    found: file.content?.description ?? "\(file.bytes.count) bytes"
                )
            }
            for start in stride(from: 0, to: file.bytes.count, by: record) {
                let label = Int32(file.bytes[start + form.labelBytes - 1])
                guard label < form.classes else {
                    throw DatasetError(
                        file.path,
                        part: "label at byte \(start + form.labelBytes - 1)",
                        expected: "a class below \(form.classes)",
                        found: "\(label)"
                    )
                }
                places.append(.planes(file: files.count, offset: start + form.labelBytes))
                labels.append(label)
            }
            file.release(0..<file.bytes.count)
            files.append(file)
        }
        return ImageFiles(
            kind: form.kind,
            files: files,
            places: places,
            labels: labels,
            classNames: names(form, folder),
            origins: files.map(\.identity)
        )
    }

    /// Empty where the file that lists them is not there.
    private static func names(_ form: Form, _ folder: String) -> [String] {
        let text = (try? MappedFile("\(folder)/\(form.names)").text()) ?? ""
        let names = text.split(whereSeparator: \.isNewline).map(String.init).filter { !$0.isEmpty }
        return names.count == form.classes ? names : []
    }
}
