/// What a run is of.
enum RunSubject: String, CaseIterable, Sendable {
  case problem = "a problem"
  case process = "a process"
}
