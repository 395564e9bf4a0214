cmake_minimum_required(VERSION 3.25)
# Tests of golden_text.cmake.
include(${CMAKE_CURRENT_LIST_DIR}/golden_text.cmake)

function(expect what actual expected)
  if(NOT "${actual}" STREQUAL "${expected}")
    message(SEND_ERROR "${what}: '${actual}', not '${expected}'")
  endif()
endfunction()

foreach(pair IN ITEMS 0.5=0.5 12.0=12.0 1.5e-07=1.5e-07 123456.0=123456.0 0.009866709333333333=0.00986671
    -0.009866709333333333=-0.00986671 234881024.0=234881000.0 7.999999999999999e-05=8e-05
    9.9999999e-05=0.0001 9.9999999e-12=1e-11 9.9999999e-10=1e-09 9.9999999e+19=1e20 9.9999996=10.0
    999999.96=1000000.0 0.99999996=1.0 0.09999999999=0.1 0.049999999999=0.05 415133.3399639353=415133.0
    1.2345644=1.23456 1.2345650=1.23457 2.155742414426063e-05=2.15574e-05 117.18749999999997=117.188 117.1875=117.188 0.0=0.0)
  string(REGEX MATCH "^(.*)=(.*)$" _ "${pair}")
  set(number "${CMAKE_MATCH_1}")
  set(expected "${CMAKE_MATCH_2}")
  rounded(actual "${number}")
  expect("${number}" "${actual}" "${expected}")
endforeach()

# A number within a longer one; whole numbers, words and what is round already stay.
rounded_numbers(text "a 1.23456789, 11.23456789, 21.2345678, 12345678, 0.25 us, v1.2.3\n")
expect("numbers" "${text}" "a 1.23457, 11.2346, 21.2346, 12345678, 0.25 us, v1.2.3\n")

set(document [[
{
  "a": {
    "b": 1.23456789,
    "list": [
      {
        "x": [],
        "b": "one"
      },
      {
        "x": [
          1,
          2
        ],
        "b": null
      }
    ]
  },
  "b": "last; [not} the first",
  "c": {
    "b": true
  }
}
]])
foreach(pair IN ITEMS "a.b=1.23457" "b=last" "c.b=true" "a.list.0.b=\"one\"" "a.list.1.b=null"
    "a.list.0.x=[]" "a.list.1.x.1=2")
  string(REGEX MATCH "^(.*)=(.*)$" _ "${pair}")
  set(path "${CMAKE_MATCH_1}")
  set(expected "${CMAKE_MATCH_2}")
  if(path STREQUAL "b")
    set(expected [["last; [not} the first"]])
  endif()
  kept_of(actual "${document}" "${path}")
  expect("${path}" "${actual}" "${path}: ${expected}\n")
endforeach()
kept_of(actual "${document}" a.list.1 c)
expect("parts" "${actual}" [[a.list.1: {
  "x": [
    1,
    2
  ],
  "b": null
}
c: {
  "b": true
}
]])
