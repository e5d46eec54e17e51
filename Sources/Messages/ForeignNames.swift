/// What words of NumPy, PyTorch, JAX and other papers are called here.
///
/// Only words that mean nothing in a script; whoever gives one a meaning does not see this.
package enum ForeignNames {
  /// How to say here what a word says elsewhere.
  package enum Meaning: Sendable, Equatable {
    /// It has another name.
    case name(String)
    /// It is written another way.
    case form(String)
    /// It is measured under another name.
    case metric(String)
  }

  /// What is meant by a word; letter case does not matter.
  package static func meaning(of word: String) -> Meaning? { table[word.lowercased()] }

  /// All words with their meanings, in alphabetical order.
  package static var all: [(word: String, meaning: Meaning)] {
    table.sorted { $0.key < $1.key }.map { (word: $0.key, meaning: $0.value) }
  }

  /// What an argument of other tools may be called here, in ASCII, the likeliest first.
  package static func arguments(for word: String) -> [String] {
    arguments.filter { $0.words.contains(word.lowercased()) }.map(\.name)
  }

  private static let arguments: [(name: String, words: [String])] = [
    ("lr", ["learning_rate", "learningrate", "alpha", "eta", "step_size", "stepsize", "rate"]),
    ("epsilon", ["eps"]),
    ("lambda", ["weight_decay", "wd", "decay", "l2"]),
    ("momentum", ["beta", "mu", "mom"]),
    ("beta1", ["betas", "b1", "momentum"]),
    ("beta2", ["b2", "rho", "alpha", "decay"]),
    ("rho", ["alpha", "beta", "decay"]),
  ]

  private static let table: [String: Meaning] = {
    var table: [String: Meaning] = [:]
    for (name, words) in names { for word in words { table[word] = .name(name) } }
    for (form, words) in forms { for word in words { table[word] = .form(form) } }
    for (metric, words) in metrics { for word in words { table[word] = .metric(metric) } }
    return table
  }()

  private static let metrics: [(String, [String])] = [
    ("loss", ["full_loss", "mean_loss", "total_loss", "train_loss", "training_loss"]),
    ("loss(test)", ["held_out_loss", "test_loss", "val_loss", "validation_loss"]),
    ("accuracy(test)", ["test_accuracy", "val_accuracy", "validation_accuracy"]),
  ]

  private static let names: [(String, [String])] = [
    ("abs", ["absolute", "fabs"]),
    ("absolute_error", ["l1_loss", "mae", "mean_absolute_error"]),
    ("argsort", ["order"]),
    ("batch_sharpness", ["minibatch_sharpness"]),
    ("binary_cross_entropy", ["bce", "bce_loss"]),
    ("clip_norm", ["clip_by_global_norm", "clip_grad_norm", "clip_grad_norm_", "clip_gradients"]),
    ("clip_value", ["clip_grad_value", "clip_grad_value_"]),
    ("concat", ["cat", "concatenate", "hstack", "vstack"]),
    ("cross_entropy", ["ce", "cross_entropy_loss", "crossentropy"]),
    ("draw", ["sample_from"]),
    ("eigh", ["eig", "eigen"]),
    ("eigvals", ["eigenvalues"]),
    ("eye", ["identity"]),
    ("full", ["fill"]),
    ("gradient_norm", ["grad_norm"]),
    ("heavy_ball", ["gd_momentum", "momentum", "sgd_momentum", "sgdm"]),
    ("hessian_trace", ["trace_hessian"]),
    ("huber", ["smooth_l1"]),
    ("is_finite", ["isfinite"]),
    ("kaiming", ["he", "he_normal"]),
    ("log", ["ln"]),
    ("matrix_function", ["funm"]),
    ("matrix_rank", ["rank"]),
    ("mean", ["avg", "average"]),
    ("mean_squared_error", ["mse", "mse_loss"]),
    ("nesterov", ["nag"]),
    ("newton_schulz", ["newtonschulz5", "zeropower_via_newtonschulz5"]),
    ("ntk_eigenvalue", ["ntk"]),
    ("permutation", ["randperm"]),
    ("polar", ["orthogonalize", "polar_decomposition", "polar_factor"]),
    ("quantile", ["percentile"]),
    ("sharpness", ["hessian_norm", "lambda_max", "max_eigenvalue_hessian", "top_eig"]),
    ("sign_sgd", ["signsgd"]),
    ("smallest_eigenvalue", ["lambda_min"]),
    ("stalled", ["early_stopping", "patience"]),
  ]

  private static let forms: [(String, [String])] = [
    ("0..<n", ["arange", "range"]),
    ("1 / (1 + exp(-x))", ["expit"]),
    ("[k for k in 0..<n if any(x == k)]", ["bincount", "unique"]),
    ("[sum(x[j] * cos(2 * pi * j * k / n) for j in 0..<n) for k in 0..<n]  # the real part", ["fft", "rfft"]),
    ("concat([x[-1:], x[:-1]])", ["roll"]),
    ("[[A[i // n, j // n] * B[mod(i, n), mod(j, n)] for j in 0..<n * n] for i in 0..<n * n]", ["kron"]),
    (
      "dot(x - mean(x), y - mean(y)) / (norm(x - mean(x)) * norm(y - mean(y)))",
      ["corr", "corrcoef", "correlation", "pearsonr"]
    ),
    ("mean((x - mean(x)) * (y - mean(y)))", ["cov", "covariance"]),
    ("mean(x)", ["jax", "jnp", "np", "numpy", "scipy", "torch"]),
    ("not is_finite(x)", ["isinf", "isnan"]),
    ("prod(1..<n)  # of a whole number n", ["gamma"]),
    ("sum(log(1..<n))  # of a whole number n", ["lgamma", "gammaln", "loggamma"]),
    ("prod(1...n)", ["factorial"]),
    ("sum((x[1:] + x[:-1]) / 2)", ["trapezoid", "trapz"]),
    ("x => x^2", ["lambda"]),
    ("x[1:] - x[:-1]", ["diff"]),
    ("A @ B", ["einsum", "matmul", "mm"]),
    ("A.T", ["transpose"]),
    ("a ^ b", ["pow", "power"]),
    ("a * b", ["multiply"]),
    ("a / b", ["divide"]),
    ("draw(normal(), [n])", ["gauss", "gaussian", "randn", "standard_normal"]),
    ("draw(uniform(), [n])", ["rand"]),
    ("log(x) / log(10)", ["log10"]),
    ("log(x) / log(2)", ["log2"]),
    ("matrix_function(A, exp)", ["expm"]),
    ("matrix_function(A, log)", ["logm"]),
    ("matrix_power(A, 1/2)", ["sqrtm"]),
    ("max(x, 0.01 * x)", ["leaky_relu"]),
    ("min(max(x, low), high)", ["clamp", "clip"]),
    ("x.count", ["len", "length", "nrow", "numel", "size"]),
    ("x^2", ["square"]),
    ("final(r.loss)", ["last_value"]),
    ("for k in 0..<n { }", ["foreach"]),
  ]
}
