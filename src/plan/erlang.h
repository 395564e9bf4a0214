#pragma once

namespace wideep {

/// Share of Poisson arrivals that find all of `servers` > 0 busy, where these go away; `load` > 0
/// is their rate times the time of service. Erlang's recursion B(s) = a B(s-1) / (s + a B(s-1)),
/// and between 0 and 1 server Rapp's parabola, for a number of servers that is not whole. Sources:
/// Erlang, Elektroteknikeren 13 (1917) 5-13; Rapp, Ericsson Technics 20 (1964) 77-130.
double erlang_b(double servers, double load);

/// Share of Poisson arrivals that wait for one of `servers` > load > 0 with exponential service:
///
///   C = B / (1 - rho (1 - B)),   rho = load / servers
///
/// with B as above; beyond 256 servers its limit 1 / (1 + b Phi(b) / phi(b)), b = (1 - rho)
/// sqrt(servers). Sources: Erlang (1917); Halfin & Whitt, Operations Research 29 (1981) 567-588.
double erlang_c(double servers, double load);

/// Mean wait where every service takes equally long, over that where it is exponential (M/D/s over
/// M/M/s); servers > 0, 0 < utilization < 1:
///
///   1/2 (1 + (1 - rho) (s - 1) (sqrt(4 + 5 s) - 2) / (16 rho s)),   1 at most
///
/// Source: Cosmetatos, INFOR 13 (1975) 328-331.
double constant_service_factor(double servers, double utilization);

/// Share of a standard normal law below z.
double normal_share(double z);

}  // namespace wideep
