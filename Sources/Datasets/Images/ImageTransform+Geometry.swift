/// Sizes and places, as torchvision, timm and Hugging Face work them out.
extension ImageTransform {
    /// 3 for colour, 1 for grey.
    package var channels: Int { mean.count }

    /// Height and width of what comes out; nil where that depends on the image.
    package var outputSize: Size? {
        if let crop { return crop }
        guard case .exact(let height, let width) = resize else { return nil }
        return Size(height: height, width: width)
    }

    /// The size of an image of height × width once it is resized; nil where it is beyond all bounds.
    func resized(height: Int, width: Int) -> Size? {
        let size: Size
        switch resize {
        case .none: size = Size(height: height, width: width)
        case .exact(let height, let width): size = Size(height: height, width: width)
        case .shortestEdge(let edge):
            let isTall = width <= height
            let (short, long) = isTall ? (width, height) : (height, width)
            let (product, overflow) = edge.multipliedReportingOverflow(by: long)
            guard !overflow else { return nil }
            let other = Self.whole((Double(product) / Double(short)).rounded(.down))
            size = isTall ? Size(height: other, width: edge) : Size(height: edge, width: other)
        case .longestEdge(let edge):
            let ratio = max(Double(height) / Double(edge), Double(width) / Double(edge))
            size = Self.scaled(height, width, by: ratio)
        case .covering(let tall, let wide):
            let ratio = min(Double(height) / Double(tall), Double(width) / Double(wide))
            size = Self.scaled(height, width, by: ratio)
        }
        let bounds = 1...Int(Int32.max)
        return bounds.contains(size.height) && bounds.contains(size.width) ? size : nil
    }

    private static func scaled(_ height: Int, _ width: Int, by ratio: Double) -> Size {
        Size(
            height: whole((Double(height) / ratio).rounded(.toNearestOrEven)),
            width: whole((Double(width) / ratio).rounded(.toNearestOrEven))
        )
    }

    /// 0, which no side may have, where the number is none that fits.
    private static func whole(_ number: Double) -> Int { Int(exactly: number) ?? 0 }

    /// Where a crop of `size` begins in an image of `length`; negative where it begins in the padding.
    func cropStart(_ size: Int, of length: Int) -> Int {
        let rest = length - size
        switch cropRule {
        case .rounded: return rest < 0 ? -(-rest / 2) : Int((Double(rest) / 2).rounded(.toNearestOrEven))
        case .floored: return rest < 0 ? -((1 - rest) / 2) : rest / 2
        }
    }
}
