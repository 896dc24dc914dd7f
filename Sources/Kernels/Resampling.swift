import CKernels

/// Bits behind the point of the weights that bytes are resampled by.
package let resamplingPrecision = Int32(22)

/// One row of an image resampled: each output pixel the weighted sum of some of the input's, clipped to 0 … 255.
///
/// * `places`: pixels of the output
/// * `channels`: 1 or 3, side by side; of 3, one byte behind the last pixel is read
/// * `starts`, `counts`: by place, the first input pixel and how many there are
/// * `weights`: by place, `width` apart, in fixed point
package func resampleRow(
    places: Int,
    channels: Int,
    row: UnsafePointer<UInt8>,
    starts: UnsafePointer<Int32>,
    counts: UnsafePointer<Int32>,
    weights: UnsafePointer<Int32>,
    width: Int,
    output: UnsafeMutablePointer<UInt8>
) {
    ck_resample_row(places, channels, row, starts, counts, weights, width, output)
}

/// The weighted sum of some rows, byte by byte, clipped to 0 … 255.
///
/// * `count`: bytes of a row
/// * `rows`: the first of them; `stride` bytes apart
/// * `weights`: one per row, in fixed point
package func resampleColumn(
    count: Int,
    taps: Int,
    rows: UnsafePointer<UInt8>,
    stride: Int,
    weights: UnsafePointer<Int32>,
    output: UnsafeMutablePointer<UInt8>
) {
    ck_resample_column(count, taps, rows, stride, weights, output)
}
