import ArgumentParser
import MessagePassing

/// `mehlsoup ingredients`.
struct IngredientsCommand: RankCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingredients",
        abstract: "Makes a pool: pretrains one model and fine-tunes many from it."
    )

    mutating func run(on transport: any Transport) throws {
    }
}
