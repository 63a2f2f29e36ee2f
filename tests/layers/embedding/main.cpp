#include "core/pool/future.h"
#include "core/pool/thread_pool_executor.h"

#include <cstdio>

int main() {
  poolscope::ThreadPoolExecutor pool(2);
  const int answer = pool.submit([](int a, int b) { return a * b; }, 6, 7).result();
  pool.shutdown();
  std::printf("%d\n", answer);
  return answer == 42 ? 0 : 1;
}
