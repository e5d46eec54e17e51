/// An array of numbers as a file holds it, converted to f64, row-major.
package struct NumberArray: Hashable, Sendable {
  package var sizes: [Int]
  package var values: [Double]

  package init(sizes: [Int], values: [Double]) {
    self.sizes = sizes
    self.values = values
  }
}
