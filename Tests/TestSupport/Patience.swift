/// How many seconds a test waits before it takes what hangs for hung.
///
/// * `seconds`: by then a quiet machine would long be done; one that others keep busy gets eight times as many
package func patience(_ seconds: Double) -> Double { 8 * seconds }
