import Experiments
import Tensors
import Testing

@Suite struct RunMarksTests {
  private static func state(_ step: Int, elements: Int = 1) -> RunState {
    RunState(step: step, segment: 0, slots: [Tensor(Array(repeating: 0, count: elements), shape: [elements])])
  }

  /// However long a run is, marks stay spread over all of it: none is further from a step than a hundredth of the run.
  @Test func marksOfALongRunStaySpread() throws {
    var marks = RunMarks()
    let state = Self.state(0)
    for number in 0...1_000_000 {
      marks.append(RunState(step: number * 4096, segment: 0, slots: state.slots))
    }
    let end = 1_000_000 * 4096
    #expect(marks.count > 128 && marks.count <= 512)
    for step in stride(from: 0, through: end, by: end / 1000) {
      let nearest = try #require(marks.nearest(to: step))
      #expect(step - nearest.step <= end / 100)
    }
  }

  /// States of which memory holds two: the first, and one of the second half.
  @Test func marksOfALargeStateAreFew() throws {
    var marks = RunMarks()
    marks.capacity = 1000
    let state = Self.state(0, elements: 100)
    for number in 0...100_000 { marks.append(RunState(step: number * 1024, segment: 0, slots: state.slots)) }
    #expect(marks.count == 2 || marks.count == 3)
    #expect(try #require(marks.nearest(to: .max)).step == 100_000 * 1024 && marks.nearest(to: 0)?.step == 0)
  }
}
