/// The clause `workers 8`: gradients of several workers.
///
/// No run of this version takes it.
enum WorkersClause: HeaderClause {
  static let word = "workers"
  static let help = "not available in this version"
  static let subjects: Set<RunSubject> = []
}
