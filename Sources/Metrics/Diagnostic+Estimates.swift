package import Diagnostics
import Messages

// W0724 – W0726: what estimates that are recorded could not find.
extension Diagnostic {
  /// An estimate that took its last turn before its error was small enough.
  package static func stillUncertain(
    _ name: String, _ missed: Int, of count: Int, worst: Double, _ limits: TurnLimits, at span: Span
  ) -> Diagnostic {
    let asked = limits.tolerance ?? 0
    // Errors fall with the root of the number.
    let needed = min(Double(limits.count) * (worst / asked) * (worst / asked), Double(TurnLimits.countMax))
    var unit = 1.0
    while needed / unit >= 100 { unit *= 10 }
    let enough = Int((needed / unit).rounded(.up) * unit)
    return Diagnostic(
      "W0724",
      "`\(name)` stops at n = \(limits.count), at \(missed) of \(count) recordings before its error is small enough",
      at: span, label: "relative error up to \(NumberText.short(worst)), \(NumberText.short(asked)) was asked for",
      severity: .warning, help: ["about `n = \(enough)` would do where it is largest"])
  }

  /// Eigenvalues whose iteration took its last product before they were found.
  package static func unconverged(_ limit: ConvergenceLimit, _ missed: Int, of count: Int, worst: Double, at span: Span)
    -> Diagnostic
  {
    Diagnostic(
      "W0726", "`\(limit.name)` has not converged at \(missed) of \(count) recordings", at: span,
      label:
        "relative residual up to \(NumberText.short(worst)), the tolerance is \(NumberText.short(limit.tolerance))",
      severity: .warning,
      notes: ["its iteration took all of its `steps`; `\(limit.name).residual` says how far it came"],
      help: ["give it more products, as `steps = 1000`, or a larger `tolerance`"])
  }

  /// An eigenvalue under what is no symmetric positive operator.
  package static func unsuitablePreconditioner(
    _ fault: PreconditionerFault, _ recorded: (name: String, missed: Int, count: Int)? = nil, at span: Span?
  ) -> Diagnostic {
    let found = fault == .silent ? "0" : "NaN"
    let place = recorded.map { " `\($0.name)` is \(found) at \($0.missed) of \($0.count) recordings" }
    let reason: (label: String, help: String)
    switch fault {
    case .asymmetric(let measure):
      reason = (
        "P⁻¹ is not symmetric: |P⁻¹a − P⁻ᵀa| is \(NumberText.short(measure)) of |P⁻¹a| + |P⁻ᵀa|",
        "up to \(NumberText.short(Asymmetry.limit)) is allowed: beyond it the eigenvalues may be complex"
      )
    case .negative:
      reason = (
        "P⁻¹ is not positive: u · P⁻¹u is negative for some u",
        "give a positive P, as `preconditioned_sharpness(P)` or `under = P`"
      )
    case .undefined:
      reason = (
        "P⁻¹ is not finite",
        "where an update has no derivative at a gradient of 0, take `preconditioned_sharpness(at = g)`"
      )
    case .silent:
      reason = (
        "P⁻¹ is 0: the update does not change with a small gradient",
        "a rule that takes signs alone has no preconditioner: record `sharpness`"
      )
    }
    return Diagnostic(
      "W0725",
      place.map { "there is no eigenvalue under this optimizer:\($0)" } ?? "there is no eigenvalue under this operator",
      at: span, label: reason.label, severity: .warning, help: [reason.help])
  }
}
