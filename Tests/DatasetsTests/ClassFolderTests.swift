import Diagnostics
import Testing

@testable import Datasets

/// Which class a folder stands for: by names, by numbers, and in the order of a library.
struct ClassFolderTests {
    private static func numbering(_ names: [String], _ model: ModelClasses?) throws -> ClassFolders {
        try ClassFolders(names.sorted { FolderOrder.bytes.precedes($0, $1) }, in: "data", for: model)
    }

    /// Class of each folder, by name.
    private static func classes(_ names: [String], _ model: ModelClasses?) throws -> [String: Int32] {
        let sorted = names.sorted { FolderOrder.bytes.precedes($0, $1) }
        return Dictionary(uniqueKeysWithValues: zip(sorted, try numbering(names, model).numbers))
    }

    private static func model(_ names: [String], _ order: FolderOrder = .bytes) -> ModelClasses {
        let numbered = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($0, $1) })
        return ModelClasses(count: names.count, names: ClassNames(numbered), order: order, field: "id2label")
    }

    /// As Python sorts them by timm's `natural_key`.
    @Test func naturalOrderIsTimms() {
        let sorted = [
            "1a", "2", "9", "10", "-x", "a", "a1", "a01b", "A3", "a-1", "ab", "apple", "B", "b2", "class_2",
            "class_10", "img12.5", "img12.10", "Zebra",
        ]
        for (index, left) in sorted.enumerated() {
            for (other, right) in sorted.enumerated() {
                #expect(FolderOrder.natural.precedes(left, right) == (index < other), "\(left) \(right)")
            }
        }
    }

    @Test(arguments: [FolderOrder.bytes, .natural])
    func everyLibrarysOrderAndAWordWhereTheyDiffer(order: FolderOrder) throws {
        let names = (0..<12).map { "class_\($0)" }
        let model = ModelClasses(count: 12, order: order)
        let found = try Self.numbering(names, model)
        #expect(try Self.classes(names, model)["class_10"] == (order == .natural ? 10 : 2))
        #expect(found.doubts.map(\.weight) == [.warning])
        let (own, other) = order == .natural ? (10, 2) : (2, 10)
        let text = try #require(found.doubts.first).text
        #expect(text.contains("class_10 is class \(own)") && text.contains("would be class \(other)"))
        #expect(found.doubts.first?.text.contains("label_names") == true)
        let few = Array(names[..<10])
        #expect(try Self.numbering(few, ModelClasses(count: 10, order: order)).doubts == [])
        let letters = try Self.numbering(["Zebra", "apple"], ModelClasses(count: 2, order: order))
        #expect(letters.numbers == (order == .natural ? [1, 0] : [0, 1]) && letters.doubts.count == 1)
    }

    /// ImageNetV2's folders are called as its labels.
    @Test func numbersAreLabels() throws {
        let names = (0..<12).map { "\($0)" }
        for order in [FolderOrder.bytes, .natural] {
            let model = ModelClasses(count: 12, order: order)
            #expect(try Self.classes(names, model)["10"] == 10)
            let doubt = try #require(try Self.numbering(names, model).doubts.first)
            #expect(
                doubt.text.contains("the labels themselves") && doubt.text.contains("(10 would be class 2)")
            )
        }
        #expect(try Self.classes(["3", "07"], ModelClasses(count: 10)) == ["3": 3, "07": 7])
        #expect(try Self.numbering(["00", "01", "02"], ModelClasses(count: 3)).doubts == [])
        // From 1 up they are numbered by their order.
        let flowers = (1...12).map { "\($0)" }
        #expect(try Self.classes(flowers, ModelClasses(count: 12, order: .natural))["12"] == 11)
        let named = Self.model(["ant", "bee", "cat"])
        #expect(try Self.classes(["2", "0"], named) == ["2": 2, "0": 0])
        #expect(try Self.numbering(["2", "0"], named).doubts.map(\.weight) == [.warning])
    }

    @Test func namesAreComparedLoosely() throws {
        let model = Self.model(["tall dog", "black cat", "wild bird", "apple"])
        let names = ["Tall Dog", "black_cat", "WILD-BIRD", "apple"]
        #expect(
            try Self.classes(names, model) == ["Tall Dog": 0, "black_cat": 1, "WILD-BIRD": 2, "apple": 3]
        )
        let found = try Self.numbering(names, model)
        #expect(found.doubts == [] && !found.isNumberedInOrder)
        let imageNet = Self.model(["tench, Tinca tinca", "goldfish, Carassius auratus"])
        #expect(
            try Self.classes(["carassius_auratus", "tench"], imageNet)
                == ["carassius_auratus": 1, "tench": 0]
        )
        // A name as it is goes before one that is but alike.
        let alike = Self.model(["a-1", "a1"])
        #expect(try Self.classes(["a1", "a-1"], alike) == ["a1": 1, "a-1": 0])
    }

    @Test(arguments: [
        (
            ["tall_dogs", "black_cat"],
            "data/tall_dogs: expected the name of one of the model's classes, as 1 "
                + "other folder has, found tall_dogs, and no folder for the model's tall dog"
        ),
        (["A_1", "apple"], "found class 2 (a-1) or class 3 (a1)"),
        (["tall dog", "Tall_Dog"], "found class 0, as"),
        (["crane", "apple"], "found class 5 (crane) or class 6 (crane)"),
    ])
    func unclearNamesAreRefused(folders: [String], says: String) throws {
        let model = Self.model(["tall dog", "black cat", "a-1", "a1", "apple", "crane", "crane"])
        let error = try #require(throws: DatasetError.self) { try Self.numbering(folders, model) }
        #expect(error.description.contains(says), "\(error)")
    }

    @Test func foldersOfOtherNamesAreRefused() throws {
        let model = Self.model(["tall dog", "black cat"])
        let doubt = try #require(try Self.numbering(["hund", "katze"], model).doubts.first)
        #expect(doubt.weight == .refusal)
        #expect(doubt.text.contains("(hund, katze)") && doubt.text.contains("(tall dog, black cat; id2label"))
        // Fewer folders than classes that nothing names.
        let few = try Self.numbering(["hund", "katze"], ModelClasses(count: 3))
        #expect(few.doubts.map(\.weight) == [.refusal])
        #expect(few.doubts.first?.text.contains("2 folders for the model's 3 classes") == true)
        // ImageNet's folders are in the order of its classes, whatever those are called.
        #expect(try Self.numbering(["n01440764", "n01443537"], model).doubts == [])
    }

    @Test(arguments: ["LABEL_", "class_", "", "class "]) func numbersForNamesTellNothing(word: String) throws
    {
        for first in [0, 1] {
            let model = Self.model((0..<3).map { "\(word)\($0 + first)" })
            let found = try Self.numbering(["ant", "bee", "cat"], model)
            #expect(found.doubts == [] && found.isNumberedInOrder && found.numbers == [0, 1, 2])
        }
        let model = Self.model((0..<12).map { "class_\($0)" })
        #expect(try Self.classes((0..<12).map { "class_\($0)" }, model)["class_10"] == 10)
    }

    @Test func withoutAModelTheyAreInTheOrderOfTheirBytes() throws {
        let found = try Self.numbering(["10", "2"], nil)
        #expect(found.numbers == [0, 1] && found.doubts == [])
    }
}
