import Diagnostics
import Experiments
import Metrics
package import Values

extension Evaluator {
  /// Tells of estimates that took all the turns they may before their errors were small enough.
  ///
  /// - Parameter runs: runs of one statement that are judged together.
  package func judgeEstimates(of runs: [RunValue], _ staged: BoundRun) {
    judgePreconditioners(of: runs, staged)
    judgeConvergence(of: runs, staged)
    for metrics in staged.metrics {
      for limit in metrics.limits {
        var missed = 0
        var count = 0
        var worst = 0.0
        for run in runs {
          guard let value = series(limit.name, of: run), let error = series("\(limit.name).error", of: run),
            let samples = series("\(limit.name).samples", of: run)
          else { continue }
          for ((value, error), samples) in zip(zip(value, error), samples) {
            count += 1
            let relative = error / value.magnitude
            guard samples >= Double(limit.limits.count), relative > limit.limits.tolerance ?? 0 else { continue }
            missed += 1
            worst = max(worst, relative)
          }
        }
        guard missed > 0 else { continue }
        report(
          .stillUncertain(
            limit.name, missed, of: count, worst: worst, limit.limits, at: metrics.span))
      }
    }
  }

  /// Tells of eigenvalues that are NaN because an optimizer's answer to the gradient is no symmetric positive operator.
  private func judgePreconditioners(of runs: [RunValue], _ staged: BoundRun) {
    for metrics in staged.metrics {
      for name in metrics.names where metrics.names.contains("\(name).\(Asymmetry.companion)") {
        var faults: [PreconditionerFault] = []
        var count = 0
        for run in runs {
          guard let found = series(name, of: run), let measure = series("\(name).\(Asymmetry.companion)", of: run)
          else { continue }
          let products = series("\(name).products", of: run)
          var last = Int.max
          if case .diverged(let step, _, _, _) = run.ending { last = step }
          for (index, step) in positions(name, of: run).enumerated() where Int(step) < last {
            count += 1
            let fault = PreconditionerFault(
              asymmetry: measure[index], value: found[index], products: products?[index] ?? 1)
            if let fault { faults.append(fault) }
          }
        }
        guard let first = faults.first else { continue }
        report(.unsuitablePreconditioner(first, (name, faults.count, count), at: metrics.span))
      }
    }
  }

  /// Tells of eigenvalues whose iteration took its last product before it was done.
  private func judgeConvergence(of runs: [RunValue], _ staged: BoundRun) {
    for metrics in staged.metrics {
      for limit in metrics.convergence {
        var missed = 0
        var count = 0
        var worst = 0.0
        for run in runs {
          guard let values = series(limit.name, of: run),
            let residuals = series("\(limit.name).\(MetricStager.residualName)", of: run)
          else { continue }
          for (value, residual) in zip(values, residuals) {
            count += 1
            guard let excess = limit.excess(residual: residual, value: value) else { continue }
            missed += 1
            worst = max(worst, excess)
          }
        }
        guard missed > 0 else { continue }
        report(.unconverged(limit, missed, of: count, worst: worst, at: metrics.span))
      }
    }
  }

  private func positions(_ name: String, of run: RunValue) -> [Double] {
    run.series.first { $0.name == name }?.steps ?? []
  }

  private func series(_ name: String, of run: RunValue) -> [Double]? {
    run.series.first { $0.name == name }?.values
  }
}
