/// What a run is of.
package enum RunSubject: String, CaseIterable, Sendable {
  case problem = "a problem"
  case process = "a process"
}
