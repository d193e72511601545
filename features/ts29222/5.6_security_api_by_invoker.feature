# TS 29.222 clause 5.6.2: what an invoker under test sends to CAPIF_Security_API.
@sut:invoker
Feature: CAPIF_Security_API as an invoker uses it

  Background:
    Given a provider with an exposing function
    And the exposing function offers "location" and "quality" with PKI and OAUTH
    And the invoker under test has onboarded for "location" and "quality"

  @req:29222-5.6.2.1-02
  Scenario: The invoker initiates what is its own, for itself
    When the invoker under test is told to negotiate OAUTH with the exposing function
    And the invoker under test is told to obtain a token for "location"
    And the invoker under test is told to renegotiate OAUTH with the exposing function
    Then the invoker initiates only what is its own

  @req:29222-5.6.2.2.2-01 @req:29222-8.5.4.2.2-01 @req:29222-8.5.4.2.3-01
  Scenario Outline: The request for a security method is complete (<methods>)
    When the invoker under test is told to negotiate <methods> with the exposing function
    Then the invoker asks for a security method completely

    Examples:
      | methods       |
      | OAUTH         |
      | PKI and OAUTH |

  @req:29222-5.6.2.2.2-01 @req:29222-8.5.4.2.2-01 @req:29222-8.5.4.2.3-01
  Scenario: The request for another security method is complete
    Given the invoker under test has been told to negotiate PKI with the exposing function
    When the invoker under test is told to renegotiate OAUTH with the exposing function
    Then the invoker asks for a security method completely

  @req:29222-5.6.2.2.2-05
  Scenario: The invoker may renegotiate by update
    Given the invoker under test has been told to negotiate PKI with the exposing function
    When the invoker under test is told to renegotiate OAUTH with the exposing function
    Then the invoker may renegotiate by update

  @req:29222-5.6.2.1-04
  Scenario: The invoker may ask the exposing function ahead of the invocation
    Given the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to obtain a token for "location"
    Then the invoker may ask the exposing function ahead

  @req:29222-5.6.2.3.2-01
  Scenario: The token is asked for at the token end point of this invoker
    Given the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to obtain a token
    Then the invoker asks at its own token end point

  @req:29222-5.6.2.3.2-02
  Scenario: The grant is client credentials
    Given the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to obtain a token for "location"
    Then the invoker asks for client credentials

  @req:29222-5.6.2.3.2-03 @req:29222-8.5.4.2.6-02
  Scenario: The scope names exposing functions and their service APIs
    Given the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to obtain a token for "location" and "quality"
    Then the scope names exposing functions and their service APIs
    And the scope has the form of stage 3

  @req:29222-5.6.2.3.2-04 @req:33122-6.5.2.3-15 @req:33122-C.3.2-05
  Scenario: The onboarding secret may be used
    Given the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to obtain a token with its onboarding secret
    Then the onboarding secret may be used
