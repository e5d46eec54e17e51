import ArgumentParser
import Data
import Diagnostics
import Language
import Values

/// `descent show plan FILE`: what each run of a script does, instruction by instruction.
enum PlanText {
  /// Writes the programs of all runs of scripts; what is wrong with a script is told instead.
  static func show(_ files: [String], _ settings: ScriptOptions, _ console: Console) throws -> ExitStatus {
    guard !files.isEmpty else {
      throw ValidationError("'show plan' needs a script, as in 'descent show plan edge.opt'.")
    }
    for file in files {
      let report = try session(for: file, settings).check(ScriptFile.read(file))
      if report.diagnostics.contains(where: { $0.severity == .error }) {
        console.report(report.diagnostics, report.sources)
        return .rejected
      }
      for plan in report.plans { console.output.write(plan.text) }
      if report.plans.isEmpty {
        console.output.write("\(file): no run, or none that is known before the script runs\n")
      }
    }
    return .finished
  }

  private static func session(for file: String, _ settings: ScriptOptions) -> Session {
    let here = absolutePath(".") ?? "/"
    let host = SystemHost(
      currentDirectory: ScriptFile.directory(of: file), outputDirectory: here, dataDirectories: DataFolders.all)
    var options = settings.options()
    options.outputDirectory = here
    options.listsPlans = true
    return Session(host: host, options: options, output: { _ in }, progress: nil, interrupt: Signals.interrupt)
  }
}
