-- The loops of ../loop-*.opt, as Lua and LuaJIT would have them: loops.lua WORKLOAD STEPS.
local sqrt = math.sqrt
local work = {}

work["loop-rosenbrock"] = function(steps)
  local x, y = -1.2, 1.0
  for k = 0, steps - 1 do
    local slope = y - x * x
    local dx = -2 * (1 - x) - 400 * x * slope
    local dy = 200 * slope
    x = x - 5e-4 * dx
    y = y - 5e-4 * dy
  end
  return (1 - x) ^ 2 + 100 * (y - x * x) ^ 2
end

work["loop-logistic-map"] = function(steps)
  local function next(x) return 3.9 * x * (1 - x) end
  local x, total = 0.3, 0.0
  for k = 1, steps do
    x = next(x)
    total = total + x
  end
  return total / steps
end

work["loop-power-iteration"] = function(steps)
  local a, b, c = 2.0, 1.0, 1.999
  local x, y, eigenvalue = 1.0, 0.3, 0.0
  for k = 0, steps - 1 do
    local u = a * x + b * y
    local v = b * x + c * y
    eigenvalue = u * x + v * y
    local size = sqrt(u * u + v * v)
    x = u / size
    y = v / size
  end
  return eigenvalue
end

work["loop-sieve"] = function(steps)
  local composite = {}
  for i = 0, steps do composite[i] = 0.0 end
  local primes = 0
  for i = 2, steps do
    if composite[i] == 0 then
      primes = primes + 1
      local j = i * i
      while j <= steps do
        composite[j] = 1.0
        j = j + i
      end
    end
  end
  return primes
end

work["loop-nested"] = function(steps)
  local count, total = 0, 0.0
  for i = 0, steps - 1 do
    for j = 0, 999 do
      local rest = (i * i + j * j) % 17
      if rest == 3 then
        count = count + 1
      elseif rest == 5 and j > i then
        count = count + 2
        total = total + 0.5 * j
      elseif not (rest < 11 or rest > 11) then
        total = total - 0.25
      end
    end
  end
  return count + total
end

work["loop-fibonacci"] = function(steps)
  local function fibonacci(n)
    if n < 2 then return n end
    return fibonacci(n - 1) + fibonacci(n - 2)
  end
  local total = 0
  for k = 0, steps do total = total + fibonacci(k) end
  return total
end

print(string.format("%.17g", work[arg[1]](math.tointeger and math.tointeger(tonumber(arg[2])) or tonumber(arg[2]))))
