/// The clause `paths 100`: several paths of a process at once.
///
/// No run of this version takes it.
enum PathsClause: HeaderClause {
  static let word = "paths"
  static let help = "not available in this version"
  static let subjects: Set<RunSubject> = []
}
