import Diagnostics
import Messages
import Syntax
import Values

/// The clause `scheme heun`: how a process goes from one time to the next.
enum SchemeClause: HeaderClause {
  typealias Setting = ProcessScheme

  static let word = "scheme"
  static let help = "of a differential equation: euler, milstein, heun, tamed, rk4, adaptive"
  static let subjects: Set<RunSubject> = [.process]

  static func read(_ clause: RunClause, by evaluator: Evaluator, in scope: Scope) throws(Diagnostic) -> ProcessScheme? {
    clause.word.flatMap { ProcessScheme(rawValue: $0.text) }
  }

  static func header(of run: BoundRun) -> String? {
    guard case .process(let process) = run.subject, process.isDifferential, let scheme = run.clauses[Self.self] else {
      return nil
    }
    return "scheme \(scheme.rawValue)"
  }
}

extension RunClauses {
  var scheme: ProcessScheme { self[SchemeClause.self] ?? .euler }
}

/// What a run says of how it is stepped.
struct SchemeChoice {
  var scheme = ProcessScheme.euler
  /// Where it is said; nil where it is not.
  var place: Span?
  var tolerance: Double?
}

/// How a differential equation is stepped.
///
/// With dx = a(x, t) dt + Σ b_j(x, t) dB_j in Itô's sense, h the step of time, Δ = a h + Σ b_j ΔB_j, and
/// c = Σ b_j' b_j the trace that Itô's and Stratonovich's senses differ by:
///
///     euler      x' = x + Δ                                       strong order ½ (1 where b is constant), weak 1
///     milstein   x' = x + Δ + ½ Σ_{jk} b_k' b_j (ΔB_j ΔB_k − δ_jk h)      strong 1, weak 1; of noise that commutes
///     heun       x' = x + ½ (Δ(x, t) + Δ(x + Δ, t + h))           Stratonovich: strong ½, 1 of noise that commutes
///     tamed      x' = x + Δ / max(1, h ‖Δ‖)                       as euler, where coefficients grow faster than x
///     rk4        the classical method of Runge and Kutta          order 4, without noise
///     adaptive   that of Dormand and Prince, order 5(4), with steps of its own within each h so that the error of each is
///                below tolerance (1 + |x|) in the mean square over the states; without noise
///
/// An equation that is meant in the other sense than its scheme's is converted: a − ½ c for Stratonovich's scheme of Itô's
/// equation, a + ½ c the other way round.
///
/// References: P. E. Kloeden, E. Platen, Numerical Solution of Stochastic Differential Equations, 1992, chapters 10 and 15;
/// M. Hutzenthaler, A. Jentzen, Memoirs of the AMS 1112 (2015), equation (1.7), for `tamed`; J. R. Dormand, P. J. Prince,
/// Journal of Computational and Applied Mathematics 6 (1980), 19–26, for `adaptive`.
package enum ProcessScheme: String, CaseIterable, Sendable {
  case euler, milstein, heun, tamed, rk4, adaptive

  /// The tolerance of `adaptive` where none is written.
  static let standardTolerance = 1e-8

  /// Whether it is of smooth paths alone.
  var isSmooth: Bool { self == .rk4 || self == .adaptive }

  /// Whether it converges to Stratonovich's sense.
  var isStratonovich: Bool { self == .heun }
}
