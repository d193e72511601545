# TS 33.122 clauses 6.5.2.3 and C.3: the access token request of an invoker under test.
@sut:invoker @cap:invoker.methods.OAUTH @cap:invoker.grants.client_credentials
Feature: Method 3 as an invoker uses it

  Background:
    Given a provider with an exposing function
    And the exposing function offers "location" and "quality" with PKI and OAUTH
    And the invoker under test has onboarded for "location" and "quality"
    And the invoker under test has been told to negotiate OAUTH with the exposing function

  @req:33122-6.5.2.3-04
  Scenario: The invoker performs the OAuth client function
    When the invoker under test is told to obtain a token
    Then the invoker performs the OAuth client function

  @req:33122-6.5.2.3-11
  Scenario: The access token request follows the handshake
    When the invoker under test is told to obtain a token for "location"
    Then the invoker sends an access token request after the handshake

  @req:33122-6.5.2.3-28
  Scenario: No other grant than client credentials is used
    When the invoker under test is told to obtain a token
    And the invoker under test is told to obtain a token for "quality"
    Then the invoker uses no other grant

  @req:33122-6.5.2.3-29
  Scenario: The invoker has the client part only
    When the invoker under test is told to obtain a token
    Then the invoker has the client part only

  @req:33122-C.3.1-02
  Scenario: The token is asked for after onboarding
    When the invoker under test is told to obtain a token
    Then the token is asked for after onboarding

  @req:33122-C.3.2-01
  Scenario: The parameters are form encoded in the body
    When the invoker under test is told to obtain a token for "location" and "quality"
    Then the parameters are form encoded in the body

  @req:33122-C.3.2-02
  Scenario: grant_type
    When the invoker under test is told to obtain a token
    Then grant_type is there once

  @req:33122-C.3.2-03
  Scenario: client_id
    When the invoker under test is told to obtain a token
    Then client_id is the identifier assigned at onboarding

  @req:33122-C.3.2-06
  Scenario: scope
    When the invoker under test is told to obtain a token for "location"
    Then the scope may be used
