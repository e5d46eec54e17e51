/// One finding about a script, a file or a run: data, rendered once by `Renderer`.
///
/// Constructors live beside the stage that reports them (`extension Diagnostic` in each target); no
/// stage assembles message strings inline. Wording: lower case, no full stop, both values named,
/// user text in back quotes.
package struct Diagnostic: Error, Hashable, Sendable {
  package enum Severity: String, Hashable, Sendable { case error, warning, note }

  /// What a finding about an operation follows from.
  ///
  /// Of values that only a run will have, checking knows the kinds, often the shapes and never the numbers, so this says
  /// which findings of a run are known before it.
  package enum Ground: Hashable, Sendable {
    /// The kinds of the operands alone: another value of the same kind is refused as well.
    case kinds
    /// The shapes of the operands.
    case shapes
    /// A number that is out of a range which hangs on shapes: an axis, an index, a share.
    case numbers
    /// Their values, or something else.
    case values
  }

  /// A second place that matters, with what is to be said about it.
  package struct Label: Hashable, Sendable {
    package var span: Span
    package var text: String
    package init(_ span: Span, _ text: String) {
      self.span = span
      self.text = text
    }
  }

  /// A replacement that can be applied mechanically.
  package struct Edit: Hashable, Sendable {
    package var span: Span
    package var replacement: String
    package init(_ span: Span, _ replacement: String) {
      self.span = span
      self.replacement = replacement
    }
  }

  /// Stable code such as `E0302`; families E01 characters, E02 grammar, E03 names, E04 types,
  /// E05 shapes and indices, E06 argument values, E07 run-time arithmetic, E08 files and data,
  /// E09 limits, E10 checkpoints, E11 access, W warnings.
  package var code: String
  package var severity: Severity
  package var message: String
  /// Nil when no source text is involved (a missing data file, a closed output).
  package var span: Span?
  /// Said under the caret of `span`.
  package var label: String
  package var labels: [Label]
  package var notes: [String]
  package var help: [String]
  package var edits: [Edit]
  /// What it follows from.
  package var ground = Ground.values

  package init(
    _ code: String, _ message: String, at span: Span?, label: String = "", severity: Severity = .error,
    labels: [Label] = [], notes: [String] = [], help: [String] = [], edits: [Edit] = []
  ) {
    self.code = code
    self.severity = severity
    self.message = message
    self.span = span
    self.label = label
    self.labels = labels
    self.notes = notes
    self.help = help
    self.edits = edits
  }

  /// The same finding with what it follows from.
  package func following(from ground: Ground) -> Diagnostic {
    var result = self
    result.ground = ground
    return result
  }
}
