// ESP
