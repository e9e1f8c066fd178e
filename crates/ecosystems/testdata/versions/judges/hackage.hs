-- Reads pairs of versions, parted by a tab, a line each; prints < = > or ! for each, by Haskell's Data.Version.
import Data.Char (isDigit)
import Data.Version (Version (Version))

branch :: String -> Maybe [Int]
branch text = case span isDigit text of
  ([], _) -> Nothing
  (number, []) -> Just [read number]
  (number, '.' : rest) -> fmap (read number :) (branch rest)
  _ -> Nothing

version :: String -> Maybe Version
version text = fmap (\numbers -> Version numbers []) (branch text)

judge :: String -> String
judge line = case (version a, version (drop 1 b)) of
  (Just x, Just y) -> case compare x y of
    LT -> "<"
    EQ -> "="
    GT -> ">"
  _ -> "!"
  where
    (a, b) = break (== '\t') line

main :: IO ()
main = interact (unlines . map judge . lines)
