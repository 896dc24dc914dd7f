import Threads

/// How kernels cut their work into tiles: by shapes alone, so that bits do not depend on how many threads take them.
///
/// A tile is some ten microseconds of work or more, up to two milliseconds of a large product: long beside what handing it out
/// takes, short beside the whole.
enum Tiling {
    /// Elements of a tile that are read and written once.
    static let elements = 1 << 14
    /// Columns of a tile that is summed over all rows.
    static let columns = 128
}

extension Team {
    /// Tiles of `count` elements.
    func elements(_ count: Int, _ body: (Range<Int>) -> Void) {
        run(count, by: Tiling.elements, body)
    }

    /// Tiles of whole rows of `width` elements.
    func rows(_ rows: Int, width: Int, _ body: (Range<Int>) -> Void) {
        run(rows, by: max(1, Tiling.elements / max(width, 1)), body)
    }

    /// Tiles of columns, each through all `height` rows in their order, and tiles of those rows, all in one round: neither
    /// reads what the other writes.
    func columns(
        _ columns: Int,
        beside height: Int,
        width: Int,
        _ body: (Range<Int>) -> Void,
        rows: (Range<Int>) -> Void
    ) {
        let across = (columns + Tiling.columns - 1) / Tiling.columns
        let tall = max(1, Tiling.elements / max(width, 1))
        run(across + (height + tall - 1) / tall) { tile in
            if tile < across {
                body(tile * Tiling.columns..<min((tile + 1) * Tiling.columns, columns))
            } else {
                let first = (tile - across) * tall
                rows(first..<min(first + tall, height))
            }
        }
    }
}
