package import Diagnostics

/// The programs of one run, instruction by instruction.
package struct PlanListing: Sendable {
  package let span: Span
  /// The run and its programs, each with its instructions.
  package var text: String

  package init(span: Span, text: String) {
    self.span = span
    self.text = text
  }
}
