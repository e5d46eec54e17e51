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

  /// What a finding does to the work that meets it.
  ///
  /// The code of a finding is for its reader; this is for the program.
  package enum Effect: Hashable, Sendable {
    /// A mistake or a remark: checking tells it and goes on behind it.
    case finding
    /// A text that the grammar does not take; what follows from it on the same line is not told.
    case grammar
    /// The same, where more lines would mend it: a bracket is open.
    case unclosed
    /// The same, where more lines would mend it if it is at the end: something is missing.
    case lacking
    /// A name that nothing defines: other names may be tried.
    case unknownName
    /// A target that nothing can be assigned to.
    case unknownTarget
    /// A remark about one run, which is judged anew where several are looked at together.
    case perRun
    /// What only the run can judge.
    case arithmetic
    /// A limit that one member of a sweep reached, and others need not.
    case memory
    /// A limit that ends the script.
    case limit
    /// The user's own stop.
    case interrupt
    /// A file, or a place where files may lie.
    case data
    /// What the prompt answers to a request; it has no code.
    case answer
    /// Told already, or left to the run: shown nowhere.
    case silent

    package var isOfGrammar: Bool { self == .grammar || self == .unclosed || self == .lacking }
  }

  /// A finding of one kind at one place: what is told once.
  package struct Identity: Hashable, Sendable {
    fileprivate var code: String
    fileprivate var span: Span?
  }

  /// Stable code such as `E0302`; families E01 characters, E02 grammar, E03 names, E04 types,
  /// E05 shapes and indices, E06 argument values, E07 run-time arithmetic, E08 files and data,
  /// E09 limits, E10 checkpoints, E11 access, W warnings.
  package var code: String
  package var effect: Effect
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
    _ code: String, effect: Effect = .finding, _ message: String, at span: Span?, label: String = "",
    severity: Severity = .error,
    labels: [Label] = [], notes: [String] = [], help: [String] = [], edits: [Edit] = []
  ) {
    self.code = code
    self.effect = effect
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

  /// Equal for findings that say the same of the same place.
  package var identity: Identity { Identity(code: code, span: span) }

  /// Whether there is a page that explains it.
  package var isExplained: Bool { effect != .answer && effect != .silent }
}
