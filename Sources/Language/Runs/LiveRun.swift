import Experiments

/// A run with all it takes to go on with it, to go back in it and to stage it again.
package final class LiveRun {
  let definition: RunDefinition
  let staged: StagedRun
  let run: Run

  init(_ definition: RunDefinition, _ staged: StagedRun, _ run: Run) {
    self.definition = definition
    self.staged = staged
    self.run = run
  }
}
