/** The n-th Fibonacci number, by the longest way there is: a stand-in for work that takes its time. */
export const fib = (n: number): number => n < 2 ? n : fib(n - 1) + fib(n - 2)
