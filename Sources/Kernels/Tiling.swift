import Threads

/// How kernels cut their work into tiles: by shapes alone, so that bits do not depend on how many threads take them.
///
/// A tile is some microseconds of work or more, up to two milliseconds of a large product: long beside what handing it out
/// takes, short beside the whole.
enum Tiling {
    /// Columns of a tile that is summed over all rows.
    static let columns = 64

    /// Elements of a tile, out of `count` that are read and written once: a 64th of them, from 4,096 to 16,384.
    static func elements(of count: Int) -> Int { max(1 << 12, min(1 << 14, (count / 64 + 15) / 16 * 16)) }

    /// Rows of a tile, out of `rows` rows of `width` elements that are read and written once.
    static func rows(of rows: Int, width: Int) -> Int { max(1, elements(of: rows * width) / max(width, 1)) }
}

extension Team {
    /// Tiles of `count` elements.
    func elements(_ count: Int, _ body: (Range<Int>) -> Void) {
        run(count, by: Tiling.elements(of: count), body)
    }

    /// Tiles of whole rows of `width` elements.
    func rows(_ rows: Int, width: Int, _ body: (Range<Int>) -> Void) {
        run(rows, by: Tiling.rows(of: rows, width: width), body)
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
        let tall = Tiling.rows(of: height, width: width)
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
