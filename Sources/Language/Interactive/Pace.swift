import Diagnostics
import Runs
import Values

/// How many steps are made between two looks at what is watched: so many that the looks take little of the time.
final class Pace {
  private let session: SessionContext
  /// The live plot as it is now.
  private let picture: ([LiveRun]) -> [String]?
  private var lastShown: Double
  private var lastCost = 0.0
  private let start: Double
  private var history: [[[Double]]] = []
  private var firstSteps: [Int] = []
  /// The steps to which the runs go on, where they are known.
  var goals: [Int]?
  /// Steps until the next look.
  private(set) var slice = 64

  /// Seconds between two looks.
  private static let interval = 0.08
  /// Share of the time that looking may take.
  private static let share = 0.1
  private static let historyMax = 512
  private static let sliceMax = 1 << 20

  init(session: SessionContext, picture: @escaping ([LiveRun]) -> [String]?) {
    self.session = session
    self.picture = picture
    start = session.now
    lastShown = start
  }

  /// Whether it is time to look.
  var isDue: Bool {
    guard session.hasLiveView else { return false }
    return session.now - lastShown > max(Self.interval, lastCost / Self.share)
  }

  /// Shows what is watched when it is time, and chooses the next slice.
  func show(_ lives: [LiveRun], _ watches: [[WatchProbe]]) throws(Diagnostic) {
    guard !watches.isEmpty else {
      slice = 4096
      return
    }
    let now = session.now
    let wanted = max(Self.interval, lastCost / Self.share)
    let passed = max(now - lastShown, 1e-6)
    guard passed > wanted / 2 else {
      slice = min(2 * slice, Self.sliceMax)
      return
    }
    if passed > 2 * wanted { slice = max(1, slice / 2) }
    try draw(lives, watches)
    lastCost = session.now - now
    lastShown = session.now
  }

  private func draw(_ lives: [LiveRun], _ watches: [[WatchProbe]]) throws(Diagnostic) {
    if history.isEmpty {
      history = watches.map { $0.map { _ in [] } }
      firstSteps = lives.map(\.step)
    }
    var rows: [LiveView.Row] = []
    for (place, live) in lives.enumerated() {
      var values: [LiveView.Value] = []
      for (column, watch) in watches[place].enumerated() {
        let value = try watch.probe.values(on: live).first ?? .nan
        history[place][column].append(value)
        if history[place][column].count > Self.historyMax { history[place][column].removeFirst() }
        values.append(LiveView.Value(name: watch.name, value: value, history: history[place][column]))
      }
      rows.append(LiveView.Row(run: live.name, step: live.step, goal: goals.map { $0[place] }, values: values))
    }
    let steps = zip(lives, firstSteps).map { $0.step - $1 }.reduce(0, +)
    let seconds = session.now - start
    var view = LiveView(rows: rows, stepsPerSecond: seconds > 0.2 ? Double(steps) / seconds : nil)
    if let goals, let rate = view.stepsPerSecond, rate > 0 {
      let left = zip(lives, goals).map { max(0, $1 - $0.step) }.reduce(0, +)
      view.secondsLeft = Double(left) / rate
    }
    view.picture = picture(lives) ?? []
    session.showLive(view)
  }
}

/// A watched value of one run.
struct WatchProbe {
  var name: String
  var probe: RunProbe
}
