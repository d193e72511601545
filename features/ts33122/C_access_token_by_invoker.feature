# TS 33.122 annex C: what an invoker under test does with its access token.
@sut:invoker @cap:invoker.methods.OAUTH @cap:invoker.grants.client_credentials
Feature: Access token, by an invoker

  Background:
    Given a provider with an exposing function
    And the exposing function serves
    And the exposing function offers "location" with PKI and OAUTH

  @req:33122-C.1-08
  Scenario: A token goes out inside TLS only
    Given the invoker under test has onboarded for "location"
    And the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to invoke "location"
    And the exposing function redirects invocations to plain HTTP
    And the invoker under test is told to try to invoke "location"
    And the exposing function answers as usual again
    And the invoker under test is told to invoke "location"
    Then the invoker sends no token in clear

  @req:33122-C.5-01
  Scenario: A token goes out in the Authorization header
    Given the invoker under test has onboarded for "location"
    And the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to invoke "location"
    And the invoker under test is told to invoke "location"
    Then the token is in the Authorization header only

  @req:33122-C.5-03
  Scenario: A token is opaque to the invoker
    Given the core function grants tokens that no invoker can read
    And the invoker under test has onboarded for "location"
    And the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to try to invoke "location"
    Then the invoker forwards the token unchanged

  @req:33122-C.5-04 @req:33122-C.6-05
  Scenario: A token that has run out is not sent
    Given the core function grants tokens for 2 seconds
    And the invoker under test has onboarded for "location"
    And the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to invoke "location"
    And 4 seconds go by
    And the invoker under test is told to invoke "location"
    Then the invoker sends no token that has run out

  @req:33122-C.6-04
  Scenario: expires_in determines the validity
    Given the core function says of its tokens that they are good for 2 seconds
    And the invoker under test has onboarded for "location"
    And the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to invoke "location"
    And 4 seconds go by
    And the invoker under test is told to invoke "location"
    Then the invoker goes by expires_in

  @req:33122-C.6-06
  Scenario: A new token is obtained by the same procedure
    Given the core function grants tokens for 2 seconds
    And the invoker under test has onboarded for "location"
    And the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to invoke "location"
    And 4 seconds go by
    And the invoker under test is told to invoke "location"
    Then the invoker obtains a new token with a complete access token request
