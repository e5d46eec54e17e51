import CReadline
import Glibc

StandardStreams.openMissing()
Signals.install()
let arguments = (0..<descent_argument_count()).compactMap { descent_argument($0).map { String(cString: $0) } }
exit(LargeStack.run { CommandLineProgram.run(arguments) })
