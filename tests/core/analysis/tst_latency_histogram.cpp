#include "core/analysis/latency_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

using namespace poolscope;

TEST(LatencyHistogram, isEmptyAtFirst) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.percentile(0.5), 0);
}

TEST(LatencyHistogram, oneValueIsEveryPercentile) {
  LatencyHistogram histogram;
  histogram.record(2'000'000'123);
  for (const double share : {0.0, 0.5, 0.95, 0.99, 1.0})
    EXPECT_EQ(histogram.percentile(share), 2'000'000'123);
}

TEST(LatencyHistogram, smallValuesAreExact) {
  LatencyHistogram histogram;
  for (int ns = 1; ns <= 100; ++ns)
    histogram.record(ns);
  EXPECT_EQ(histogram.percentile(0.5), 50);
  EXPECT_EQ(histogram.percentile(0.95), 95);
  EXPECT_EQ(histogram.percentile(0.99), 99);
  EXPECT_EQ(histogram.percentile(1), 100);
}

TEST(LatencyHistogram, percentilesAreWithinOnePartIn256) {
  std::mt19937_64 random(1);
  std::vector<std::int64_t> values;
  LatencyHistogram histogram;
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(static_cast<std::int64_t>(std::exp2(std::uniform_real_distribution<double>(0, 62)(random))));
    histogram.record(values.back());
  }
  std::sort(values.begin(), values.end());
  for (const double share : {0.01, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0}) {
    const auto exact = double(values[static_cast<std::size_t>(std::ceil(share * double(values.size()))) - 1]);
    EXPECT_NEAR(double(histogram.percentile(share)), exact, exact / 256 + 1) << share;
  }
}

TEST(LatencyHistogram, theLargestAndNegativeValuesAreTaken) {
  LatencyHistogram histogram;
  histogram.record(INT64_MAX);
  histogram.record(-5);
  EXPECT_EQ(histogram.percentile(0.5), 0);
  EXPECT_EQ(histogram.most(), INT64_MAX);
  EXPECT_GT(histogram.percentile(1), INT64_MAX / 256 * 255);
}
