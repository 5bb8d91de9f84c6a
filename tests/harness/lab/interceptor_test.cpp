// SPDX-License-Identifier: Apache-2.0
// What a device that inspects TLS finds when it is started, and whether everybody can have one.
#include <string>

#include "harness/bench/bench.hpp"
#include "tests/harness/lab/lab_bench.hpp"
#include "tests/support/catch.hpp"

namespace twinwire::test {
namespace {

scenario::BenchSpec bench_that_checks(const std::string& command) {
  auto spec = process_bench();
  scenario::ProcessSpec check;
  check.command = {"sh", "-c", command};
  spec.device.processes.insert(spec.device.processes.begin(), check);
  return spec;
}

std::string error_of_bench(const scenario::BenchSpec& spec) {
  return error_of([&] { bench::bind(spec); });
}

}  // namespace

TEST_CASE("a device finds the server's certificate and the key that belongs to it", "[lab][intercept]") {
  const std::string public_key = "openssl x509 -in {dir}/origin.crt -noout -pubkey > {dir}/of-certificate && ";
  const std::string same = "openssl pkey -in {dir}/origin.key -pubout | cmp - {dir}/of-certificate";
  CHECK(error_of_bench(bench_that_checks(public_key + same)) == "");
}

TEST_CASE("a device finds the certificate that the bench tells of", "[lab][intercept]") {
  auto spec = process_bench();
  const auto bench = bench::bind(spec);
  spec.device.files["expected.crt"] = bench->credentials().certificate;
  spec.apply["look"].commands = {{"cmp", "{dir}/origin.crt", "{dir}/expected.crt"}};
  // Another bench has another.
  CHECK(error_of([&] { bench::bind(spec)->apply("look"); }).find("differ") != std::string::npos);
  spec.device.files["origin.crt"] = bench->credentials().certificate;
  CHECK(error_of([&] { bench::bind(spec)->apply("look"); }) == "");
}

TEST_CASE("an ordinary user has the same inspectors", "[lab][intercept]") {
  for (const std::string name : {"squid-bump", "squid-bump-forged", "squid-splice", "sslsplit", "sslsplit-forged",
                                 "mitmproxy", "haproxy-tls", "haproxy-tls12", "nginx-tls12"}) {
    const auto spec = builtin(name);
    if (bench::lacking(spec, helper_program())) continue;  // doctor tells which
    INFO(name);
    CHECK(as_ordinary_user([&] {
            const auto bench = bench::bind(spec);
            bench->apply("inspection");
            bench->apply("no-inspection");
            bench->check_health();
          }) == "");
  }
}

}  // namespace twinwire::test
